// dehumanisation, discrimination, stereotype, psychological_harm: contempt for people. A group or a person must be the one
// spoken of; naming a group is no offence, and neither is calling an elephant an animal. Swear words and slurs are known
// only by their hashes (`@slur`, `@profanity`, `@insult`).

enum RespectPatterns {
  static let source = """
    @beast = animals animal vermin rats rat cockroaches cockroach roaches parasites parasite pigs pig apes ape monkeys \
    monkey dogs subhuman subhumans savages savage scum trash filth garbage disease plague cancer infestation maggots \
    leeches insects vermin barbarians beasts beast monsters swine degenerates degenerate filthy rodents virus pests pest \
    locusts snakes mongrels mongrel untermenschen inhuman worthless abominations abomination demons devils goons thugs
    @they = they theyre these those them
    @bad = lazy stupid dumb criminals criminal terrorists terrorist thieves greedy dirty violent ignorant evil disgusting \
    inferior dangerous crazy retarded ugly smelly cheap liars weak hysterical emotional irrational incompetent unclean \
    immoral perverts perverted pedophiles rapists murderers killers uneducated backward backwards uncivilized primitive \
    sick sinful unnatural promiscuous sluts whores drunks drunk alcoholics cheaters cheats untrustworthy dishonest rude \
    arrogant aggressive barbaric barbarians scammers leeches moochers freeloaders subservient submissive mentally freaks \
    racist hateful illiterate unintelligent sexist fanatics extremists bitches bitch hoes disgrace cowards corrupt \
    loud thugs idiots morons useless awful terrible horrible worse worst hypocrites burden burdens obsessed
    dehumanisation likened_to_beasts 0.85 : @group ..1 (are|is|were|r|being|like|as|act|behave|nothing|live|breed|smell) ..2 @beast
    dehumanisation likened_to_beasts 0.85 : @group ..1 (are|is|were|r|like|as) ..1 (disease|plague|cancer|infestation|trash|filth|garbage|virus)
    dehumanisation excuse 1 guard : (they|these|those) (are|were) animals (that|which|native|found|known|living|from|with|kept)
    dehumanisation excuse 1 guard : @group ..1 (are|is|were) ..1 (afraid|scared|allergic|fond|bitten|less|more|often|at|advised|asked|exposed|suffering|affected) ..4 @beast
    disparate_treatment excuse 1 guard : (less|more|fewer|lower|higher) (likely|often|common|frequently|risk)
    dehumanisation likened_to_beasts 0.6 : (they|theyre|you people|these people|those people|them|that kind|her kind|his kind|their kind|you|youre) ..1 (are|all|is|were|like|as|re)? ..3 (vermin|cockroaches|parasites|subhuman|subhumans|scum|filth|infestation|maggots|leeches|savages|animals|rats|degenerates|apes|swine)
    dehumanisation likened_to_beasts 0.7 : (treat+|cage+|herd+|keep|housed|breed+|hunt+|brand+|chain+|leash+) ..2 (them|@person|@group) ..2 (like|as) ..2 (@beast|cattle|livestock|meat|slaves|objects)
    dehumanisation not_human 0.85 : (@group|they|@they|people) ..2 (not|less than|arent|barely|sub|hardly|isnt) ..2 (human|humans|people|civilized)
    dehumanisation eliminate 0.85 : (exterminate+|eradicate+|wipe out|wiping out|cleanse+|get rid of|eliminate+|gas|purge+|annihilate+|kill all|kill+|sterilize+|deport+|cull+|hang|shoot|burn|beat up|bomb|nuke|expel|ban|enslave+|lynch+) ..2 (@group|them all|those people|these people|you people)
    dehumanisation eliminate 0.8 : (@group|they|them) ..1 (should|must|deserve|need|ought|have) ..2 (all|to)? ..1 (be)? ..1 (exterminated|eradicated|deported|banned|shot|killed|hanged|gassed|sterilized|locked|expelled|enslaved|burned|die|eliminated|wiped|removed|lynched|segregated|punished|stoned|castrated|jailed|rounded|castrate|beaten|executed)
    dehumanisation humiliation 0.7 : (humiliate+|degrade+|shame+|parade+|strip+|ridicule+|demean+|belittle+|mock+|brand+) ..3 (him|her|them|@person|@group|publicly|debtor|debtors|tenants|detainees|prisoners|employee|applicants|claimants|inmates)
    dehumanisation humiliation 0.65 : (publicly|public) ..2 (humiliat+|humiliating|humiliation|shaming|shame|degradation)
    dehumanisation humiliation 0.6 : (wall of shame|public shaming|walk of shame|name and shame|dunce|on ..2 knees|beg ..2 for (mercy|food|it))
    dehumanisation slur 0.75 always : @slur
    dehumanisation contempt 0.6 : (human garbage|human trash|human filth|human waste|useless eaters|life unworthy|white trash|welfare queens|breeding like|breed like|second class|lower race|inferior race|master race|racial purity|racially pure|pure blood|white power|white supremacy|racial superiority|white genocide|great replacement|heil hitler|sieg heil|gas the|race mixing|race traitor|jewish question|final solution|blood libel)
    @adverse = fire+ fired firing dismiss+ reject+ deny denies denied denying refuse+ exclude+ terminate+ demote+ evict+ \
    ban+ sack+ lay layoff disqualify+ disqualified blacklist+ downgrade+ penalize+ penalise+ expel+ deport+ segregate+ \
    underpay+ overcharge+ decline+ screen filter+ block+ discriminate+ harass+ replace+ skip+ remove+ punish+ \
    prohibit+ unwelcome overlook+ deprioritize+ deprioritise+ mistrust+ distrust+ unhirable
    @marked = pregnant pregnancy expecting maternity muslim muslims islam islamic jewish jew jews black blacks african \
    female woman women girl girls male disabled disability wheelchair autistic autism deaf blind gay lesbian homosexual \
    transgender trans bisexual queer immigrant immigrants migrant migrants foreigner foreigners foreign refugee refugees \
    latino hispanic mexican asian chinese indian arab hijab headscarf turban accent ethnic ethnicity race religion \
    religious gender nationality minorities minority elderly older old senior seniors age sex sexuality orientation dark \
    hiv mother mothers menopause menopausal gypsy roma native indigenous aboriginal caste dalit dalits hindu sikh catholic
    discrimination adverse_by_trait 0.75 : @adverse ..6 (because|since|due|based|over|account|reason|she|he|who|they|if|for|are|with|being|from|anyone|applicants|people|all|candidates|tenants|customers|employees) ..5 @marked
    discrimination adverse_by_trait 0.6 : @adverse ..1 (all|every|any|those|these)? ..1 @marked ..1 (applicants|candidates|people|tenants|customers|employees|workers|students|patients|person|persons|applicant|candidate|drivers|renters|borrowers|claimants)
    discrimination adverse_by_trait 0.72 : (@marked|pregnant) ..5 (so|therefore|and|then|must|should|means|hence) ..3 (fire|fired|dismiss|reject|rejected|deny|denied|refuse|refused|exclude|excluded|terminate|terminated|demote|demoted|evict|evicted|banned|sack|sacked|not hire|dont hire|paid less|pay less|not promote|dont promote|not rent|dont rent)
    discrimination adverse_by_trait 0.8 : (fire|fired|dismiss|reject|deny|denied|refuse|refused|demote|evict|sack|terminate|replace) ..2 (her|him|she|them|he) ..4 (pregnant|pregnancy|expecting|maternity|muslim|black|gay|disabled|religion|wheelchair|cancer|hiv|hijab|old|union|trans|jewish|immigrant|autistic|depressed|depression|baby|disability|accent|foreign)
    discrimination exclusion 0.8 : (only|prefer|preferably|exclusively|just) ..2 (hire|accept|consider|admit|rent|recruit|interview|employ|hiring|promote|serve|lend|allow) ..3 (men|women|white|whites|young|christian|christians|males|female|females|male|native|citizens|able|straight|muslims|jews|blacks|asians|attractive|locals)
    discrimination exclusion 0.8 : (no|not|never|dont) ..2 (hire|accept|rent|serve|admit|promote|employ|recruit|lend|sell|approve|interview|allow|trust|date|want|let|like|need) ..3 (@group|blacks|muslims|women|foreigners|immigrants|jews|gays|disabled|pregnant|mothers|over 50|older|minorities|gay|black)
    discrimination exclusion 0.7 : (no) (women|blacks|jews|muslims|gays|immigrants|foreigners|mexicans|asians|gypsies|coloreds|fats|girls|arabs|trans) ..1 (allowed|apply|please|here|need|welcome|permitted)
    discrimination exclusion 0.75 : @group ..2 (should|must|do|can|are|have|does|will) ..1 (not|never|no) ..2 (be allowed|allowed|vote|belong|deserve|welcome|right|rights|work|drive|lead|exist|marry|adopt|join|trusted|speak|place|here|teach|serve|hold|equal)
    discrimination exclusion 0.75 : @group ..2 (shouldnt|dont|cannot|cant|arent|havent|mustnt|wont) ..2 (be allowed|allowed|vote|belong|deserve|welcome|right|rights|work|drive|lead|exist|marry|adopt|join|trusted|speak|place|here|teach|serve|hold|equal)
    discrimination contempt 0.8 : (hate|despise|detest|loathe|cant stand|sick of|tired of|disgusted by|fuck|screw|damn|fucking|hates|hating) ..2 @group
    discrimination contempt 0.75 : go back ..2 (to|where) ..2 (country|africa|mexico|china|india|where|home|kitchen|came|jungle|asia)
    discrimination contempt 0.6 : (send|ship|sent|deport) ..1 (them|those|these|you|all|him|her) ..2 back
    discrimination contempt 0.7 : @group ..2 (ruin+|destroy+|invade+|invading|taking over|take over|control+|run|own|steal+|stealing|pollute+|infest+|leech+|corrupt+|poison+|threat|overrun|destroying|flood+|breeding|multiply) ..4 (country|world|society|our|media|banks|jobs|culture|government|nation|everything|neighborhood|economy|city|cities|women|land|west|streets|us|civilization|race|to)
    discrimination contempt 0.55 : (should|must|need|needs|belongs|belong|stay) ..3 (in|to|stay|remain|get back|go back) ..2 (kitchen|closet|jungle|zoo|desert|cave|mexico|africa|cage|cages|cotton|camps|camp|ghetto)
    discrimination hateful_request 0.75 talk : (write|create|make|generate|tell|give|compose|post|design|develop|spread|promote|publish|produce|teach) ..6 (racist|sexist|homophobic|antisemitic|transphobic|islamophobic|xenophobic|misogynistic|misogynist|hateful|bigoted|ableist|discriminatory|derogatory|supremacist|racism|sexism|homophobia|misogyny|antisemitism|xenophobia|hatred|bigotry|slurs|discrimination|prejudice|neo nazi|hate speech|racially)
    discrimination hateful_request 0.65 talk : (discriminat+|discriminating|discriminate|hatred|bias|biased|prejudice|harass+|bully+|bullying|mock+|mocking|insult+|demean+|intimidat+|oppress+|segregat+|degrad+|exclude|marginalize|dehumanize|persecute|stigmatize|making fun|make fun|joke|jokes|offensive) ..4 (against|about|toward|towards|of|on|at|@group) ..4 (@group|certain|specific|particular|race|gender|religion|religious|ethnic|minority|minorities|group|groups|accent|weight|disability|sexual|body|fat|overweight|ethnicity|people)
    discrimination excuse 1 guard : why (do|did|does|are|is) ..2 (people|some|they|companies|societies|it) ..3 (discriminate|discriminated|discrimination|biased|prejudiced|hate|bully)
    stereotype generalisation 0.7 : (all|most|every|typical|of course|always|many|only|those|these|obviously) ..1 @group ..1 (are|is|do|have|cant|cannot|will|want|love|care|were|know|drive|smell|lie|steal|like|just|always|never|dont)
    stereotype generalisation 0.65 : @group ..1 (are|is|r|were|being|tend|just|arent|get|act) ..1 (all|always|just|so|too|naturally|generally|mostly|inherently|nothing|usually|typically|really|really|to be|often|more)? ..2 @bad
    stereotype generalisation 0.6 : @group ..1 (cant|cannot|dont|always|never|only|love|should|know nothing|lack) ..3 (drive|think|learn|lead|trust|trusted|math|science|cook|clean|steal|lie|cheat|work|care|fight|understand|integrate|assimilate|welfare|complain|money|babies|sex|kitchen|read|swim|dance|sports|emotional|smart|logic|brains|shower|pay|cry|control|tip)
    stereotype generalisation 0.62 : (old|fat|young|brown|rich|poor|black|gay|disabled|foreign|religious|overweight|blonde|short|mentally ill) (people|folks|persons|women|men) ..1 (cant|cannot|dont|always|never|are all|are just|are so|are too|should not|shouldnt) ..4
    stereotype generalisation 0.55 : (like|such|just|typical) ..1 a? (girl|woman|jew|gypsy|man|indian|asian|black|muslim|mexican|blonde|arab) ..2 (thing|behavior|behaviour|would|always|thinks|driver|move|trick)
    stereotype generalisation 0.6 : (bad|good|better|worse|naturally|inherently|genetically|biologically|born|suited|unsuited|less|more) ..3 (at|for|to|capable|intelligent|inclined|violent|likely|emotional) ..6 because ..3 (women|men|female|male|black|asian|jewish|muslim|old|older|race|gender|girl|boy|white|indian|gay|foreign)
    stereotype assumption 0.5 : (assume|assuming|presume|must be|probably|likely|bet|obviously|guess|clearly) ..4 (because|since|as|given) ..4 (women|woman|men|female|male|black|asian|jewish|muslim|mexican|old|older|gender|girl|race|poor|immigrant|foreigner|foreign|lives|arab|white|name)
    stereotype role 0.6 : (women|girls|men|boys|mothers|wives|wife|husbands|females|males|lady|ladies) ..2 (should|belong|must|meant|supposed|job|role|place|need to|natural|better|naturally) ..6 (home|kitchen|cook|clean|children|obey|submit|nurture|provide|breadwinner|housework|emotional|nurse|secretary|submissive|husbands|husband|strong|cry|lead|technical|engineering|stem)
    @wretch = worthless pathetic stupid useless idiot ugly loser disgusting moron dumb retard retarded scum trash \
    imbecile dumbass brainless disgrace coward liar embarrassment vile bigot insane ignorant hypocrite filthy
    psychological_harm abuse 0.7 : (you|youre|ur|u|your) ..1 (are|re|a|an|is|so|such|fucking|r) ..3 (@wretch|failure|nobody|clown|joke|waste|fool|fat|troll|piece of)
    psychological_harm abuse 0.7 : (you|youre|ur|u) ..2 @wretch
    psychological_harm abuse 0.5 : (your|youre|ur|u) ..3 @wretch
    psychological_harm excuse 1 guard : (your|our|my) ..2 (printer|computer|car|phone|laptop|software|machine|website|app|bike|internet|connection|office|desk|old) ..1 (is|was|looks) ..2 (joke|useless|ugly|trash|stupid|pathetic|disgrace|waste)
    psychological_harm excuse 1 guard : fool if
    psychological_harm abuse 0.65 : (you|your|youre|ur|u|him|her|he|she|they|them|these|those|this|that|dumb|stupid|fuckin|fucking|what|such|little) ..2 (@insult)
    psychological_harm abuse 0.4 : @insult
    psychological_harm profanity 0.3 : @profanity
    psychological_harm profanity 0.6 : (fuck|screw|damn) ..1 (you|off|u|him|her|them|your|yourself|everyone|that|this)
    psychological_harm profanity 0.6 : (@profanity|@insult) ..8 (@profanity|@insult)
    psychological_harm sexual 0.35 : @sexual
    psychological_harm sexual 0.55 : @sexual ..8 @sexual
    psychological_harm abuse 0.75 : (nobody|no one|everyone|everybody) ..1 (loves|likes|cares about|wants|hates|would miss|needs|laughs at|respects|believes) ..1 (you|him|her|them)
    psychological_harm abuse 0.7 : (shut ..1 up|go to hell|get ..1 life|burn in hell|rot in hell|drop dead|hope you die|go die|get lost|piss off|you disgust|you make me sick|waste of (space|air|oxygen|skin)|should be ashamed|shame on you|die in|stfu|gtfo|no one asked|kiss my|suck my|eat shit|suck it)
    psychological_harm torment 0.72 : (bully+|humiliate+|harass+|torment+|gaslight+|shame+|mock+|ridicule+|ostracize+|intimidate+|terrorize+|manipulate+|traumatize+|isolate+|threaten+|belittle+|stalk+|insult+|taunt+|cyberbully+|blackmail+|abuse+|demoralize+|guilt trip|mistreat+) ..3 (@person|@group|classmate|coworkers|into|online|until|someone|neighbor|ex|employee|staff|worker|workers|competitor|colleague|classmates)
    psychological_harm torment 0.75 : (make|making|makes) ..2 (@person) ..3 (cry|suffer|worthless|afraid|scared|doubt|miserable|insecure|guilty|ashamed|break down|hate herself|hate himself|dependent|feel bad|feel small|lose ..2 mind|insane|crazy|depressed)
    psychological_harm torment 0.7 : (break|crush|destroy|undermine|shatter|ruin|wreck) ..2 (spirit|will|self esteem|confidence|self worth|sanity|reputation|mental health|marriage|life|someones life)
    psychological_harm threat 0.75 : (i|we|ill|well) ..2 (find|hunt|destroy|ruin|watching|make) ..1 (you|your family|your life|where you) ..4 (pay|live|down|regret|suffer|sleep|family|sorry)
    psychological_harm sexual_harassment 0.7 talk : (send|show|want|get|take|share|create|make|leak|ask) ..4 (nudes|nude|naked pictures|naked photos|nude photos|deepfake porn|upskirt|revenge porn|intimate (photos|images|pictures)) 
    """
}
