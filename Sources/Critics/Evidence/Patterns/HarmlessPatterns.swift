// What excuses words of violence: figures of speech, games and stories, things that may be killed or shot, the past, and
// questions about what a word means. Each line removes what it overlaps (`guard`).

enum HarmlessPatterns {
  static let source = """
    @violent = kill+ murder+ beat+ destroy+ shoot+ shooting shot shoots defeat+ poison+ attack+ execute+ bomb+ stab+ \
    strangle+ hang+ torture+ slay+ crush+ smash+ blow+ steal+ stole rob+ hack+ assassinate+ kidnap+ slaughter+ burn+ \
    rape+ behead+ lynch+ hurt+ harm+ assault+ abuse+ exterminate+ eliminate+ drown+ choke+ cut cutting nuke+ snatch+ \
    suffocate+ butcher+ exploit+ eat drug+ smuggle+ sabotage+ hijack+
    @violence = @violent weapon weapons bomb bombs explosives drugs drug malware virus shooting massacre genocide \
    terrorism murder homicide manslaughter arson robbery burglary theft suicide slavery lynching war coup riot siege \
    holocaust shootings bombing bombings assassination torture kidnapping rape fraud cocaine heroin meth
    @playful = game games minecraft fortnite skyrim zelda gta valorant roblox pokemon chess mario overwatch sims hitman duty redemption \
    videogame videogames fallout rimworld halo starcraft warcraft rdr2 cyberpunk witcher rpg dnd dungeons fps tetris \
    stardew terraria \
    hamlet macbeth simulator sandbox boss npc creeper creepers zombie zombies multiplayer
    physical_danger excuse 1 guard : @violent ..10 (in|on|from|playing) ..4 @playful
    physical_danger excuse 1 guard : @playful ..8 @violence
    physical_danger excuse 1 guard : (film|movie|novel|episode|book|play|comic|series|story) ..4 (did|does|was|is|who) ..4 @violence
    physical_danger excuse 1 guard : (kill+|exterminate+|eliminate+|poison+|destroy+|murder+|shoot+|drown+|burn+|hurt+|attack+) ..3 (ants|ant|mosquito|mosquitos|mosquitoes|fly|flies|wasp|wasps|bedbugs|bugs|bug|fleas|flea|mold|mould|moss|fungus|roaches|cockroach|cockroaches|termites|slugs|spider|spiders|pest|pests|germs|weed|weeds|crabgrass|ivy|bacteria|virus|viruses|tumor|tumors|cancer|lice|ticks|mites|mildew|parasites|rodents|mice|rats|rat|mouse|algae|gnats|hornets|hornet|odor|odors|smell|grass)
    physical_danger excuse 1 guard : (kill+|murder+|beat+|destroy+|crush+|smash+|slay+|attack+|torture+|nail+) ..3 (time|lights|light|engine|mood|vibe|pain|hunger|boredom|cravings|buzz|darlings|exam|exams|test|tests|interview|interviews|competition|workout|presentation|deadline|goals|goal|math|quiz|speech|audition|appetite|conversation|momentum|party|level|levels|score|stage|highscore|noise|joke|romance|traffic|eggs|egg|stereotype|stereotypes|myth|myths|argument|arguments)
    physical_danger excuse 1 guard : (kill+|execute+|hang+|terminate+|abort+|cut|stop) ..3 (process|processes|daemon|python|instance|vm|tab|tabs|session|query|queries|connection|thread|container|script|program|command|code|function|macro|search|trade|order|plan|file|statement|job|strategy|contract|task|class|object|method|loop|transaction|java|sql|workflow|pipeline|app|cache|server|branch|pull request|terminal|application|commands|scripts|programs)
    physical_danger excuse 1 guard : (shoot+|shooting|shot|shoots) ..4 (photo|photos|picture|pictures|video|videos|portrait|portraits|film|movie|hoops|basket|basketball|pool|arrow|arrows|target|targets|scene|documentary|camera|selfie|email|message|commercial|wedding|bow|breeze|stars|free throw|footage|vodka|tequila|espresso|can|cans|clay|marbles|glance|whiskey|landscape|sunset|moon|puck|ball|goal|skeet)
    physical_danger excuse 1 guard : (steal+|stole|stealing|rob) ..2 (show|heart|hearts|kiss|base|bases|spotlight|scene|thunder|glance|look|limelight|moment|scenes|deal|idea ..1 dinner|ball)
    physical_danger excuse 1 guard : (crack+|break+|breaking|smash+|hit+|bust+) ..2 (joke|jokes|egg|eggs|knuckles|smile|window ..1 open|nut|nuts|whip|ice|habit|record|pinata|sweat|leg|bread|fast|news|mold|silence|cycle|market|wall ..2 remodel|avocado|potatoes|garlic|cucumber|gym|books|road|jackpot|notes|back|case ..1 study)
    physical_danger excuse 1 guard : (blow+|blowing) ..2 up ..3 (balloon|balloons|mattress|photo|picture|image|ball|tire|tyre|raft|bubble|airbed|pool|phone|social|internet|kiss|candles)
    physical_danger excuse 1 guard : (life|growth|productivity|travel|cooking|kitchen|study|brain|home|cleaning|beauty) (hack|hacks|hacking)
    physical_danger excuse 1 guard : (bring|bringing|brought|tear|tore) (house down|down house)
    physical_danger excuse 1 guard : (define|definition|definitions|meaning of|etymology|synonym|synonyms|difference between|symptoms of|signs of|statistics on|statistics about) ..4 @violence
    physical_danger excuse 1 guard : (what|whats) (is|are|was|were|does) ..2 @violence ..2 (mean|called|considered|defined|definition|about|signify|stand)
    physical_danger excuse 1 guard : (when|where|why|who|which|how many) ..2 (was|were|did|killed|murdered|assassinated|shot|executed|bombed|poisoned|stabbed|committed|started|died) ..6 @violence
    physical_danger excuse 1 guard : (who|what) (killed|murdered|assassinated|shot|stabbed|poisoned|attacked|bombed|kidnapped|hanged|beheaded|executed|betrayed|robbed|hurt|destroyed)
    physical_danger excuse 1 guard : (who|when|where|how|why) ..1 (did|was|were) ..5 (kill|killed|murder|murdered|assassinate|assassinated|shoot|shot|stab|stabbed|poison|poisoned|attack|attacked|bomb|bombed|invade|invaded|execute|executed|kidnap|kidnapped|destroy|destroyed|behead|beheaded|massacre|massacred|die)
    physical_danger excuse 1 guard : (prevent+|preventing|protect+ ..3 from|protecting ..3 from|survive+|surviving|recover+ from|recovering from|safe from|victims of|victim of|survivors of|survivor of|awareness of) ..4 @violence
    physical_danger excuse 1 guard : (laws|law|penalty|sentence|punishment|regulations) (against|for|about|on|regarding) ..3 @violence
    physical_danger excuse 1 guard : (fight|fighting|combat+|war) ..1 (against|on) ..2 (terrorism|drugs|crime|trafficking|poverty|cancer|disease|fraud|malware)
    physical_danger excuse 1 guard : (dressed|drop dead|drop|knock|knocked) ..1 (to kill|dead gorgeous)
    physical_danger excuse 1 guard : (piece|slice) of ..1 cake
    physical_danger excuse 1 guard : (feet|back|head|legs|knee|eyes|stomach|throat|teeth|wallet|shoes|shoulder|feelings) ..1 (is|are)? ..1 (kill|kills|killing|hurt|hurts|hurting)
    self_harm excuse 1 guard : (hurt|cut|injure+|injured|burn+|burned|burnt|scratch+|scalded) ..1 (yourself|myself|oneself|themselves|himself|herself) ..4 (accidentally|by accident|@accident)
    physical_danger excuse 1 guard : (hurt|cut|injure+|injured|burn+|burned|burnt|scratch+|scalded) ..1 (yourself|myself|oneself|themselves|himself|herself) ..4 (accidentally|by accident|@accident)
    self_harm excuse 1 guard : (kill|killed|cut|hurt) ..1 (myself|yourself) ..2 (laughing|working|some slack|a piece|a slice|shaving|cooking|by accident|accidentally|in ..3 @playful)
    secrets excuse 1 guard : (password|passcode|passphrase|pin) ..1 (is|was) ..1 (kept|stored|held|rotated|required|hashed|encrypted|never|too|invalid|incorrect|wrong|expired|weak|strong|managed|in)
    discrimination excuse 1 guard : (dont|not|never|stop|wrong to|illegal to|unfair to|against) ..2 (discriminate|discriminating|discrimination|exclude|reject|deny|hate)
    dark_pattern excuse 1 guard : (cancel|unsubscribe|opt out|return|change) ..2 (any time|anytime|whenever|free of charge)
    dark_pattern excuse 1 guard : unsubscribe ..3 (privacy|preferences|terms|view|settings|support)
    deception excuse 1 guard : (magic|card|hat|bar|party|mind|dog|yoyo|skateboard|bike) (trick|tricks)
    deception excuse 1 guard : (fake|artificial|faux|false) (plant|plants|tan|fur|eyelashes|nails|snow|leather|blood|flowers|tree|trees|grass|meat|teeth|ceiling|positive|positives|smile)
    """
}
