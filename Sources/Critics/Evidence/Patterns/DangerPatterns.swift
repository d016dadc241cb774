// physical_danger and self_harm: danger to life, body and safety, and requests that would enable it. A deed (verb) and its
// dangerous object must meet, or a deed and a person; being caught or leaving traces betrays the intent of a neutral deed.

enum DangerPatterns {
  static let source = """
    @make = make+ build+ create+ creating construct+ assemble+ synthesize+ synthesise+ manufacture+ produce+ cook+ brew+ \
    craft+ develop+ design+ prepare+ obtain+ buy+ purchase+ acquire+ get getting smuggle+ grow+ extract+ distill+ sell+ \
    selling distribute+ traffic trafficking import+ made built weaponize+ code+ write+ program+ deploy+ spread+ detonate+ \
    plant+ launch+ plan+ use using source sourcing steal+ hide+ transport+ conceal+ 3d modify+ convert+ mix+ deliver+ \
    release+ disperse+ enrich+ cultivate+ formulate+ set up construction production recipe instructions tutorial \
    formula blueprint blueprints steps guide manual schematic schematics ingredients method methods synthesis
    @weapon = bomb+ explosive explosives molotov grenade grenades ied ieds c4 tnt semtex dynamite napalm thermite sarin \
    ricin anthrax vx botulinum novichok detonator bioweapon bioweapons plutonium silencer silencers landmine landmines \
    smallpox ebola pathogen pathogens firebomb firearm firearms rifle ghost ammunition suppressor bombs warhead missiles \
    missile chloroform polonium thallium arsenic strychnine cyanide nitroglycerin petn rdx anfo neurotoxin bioweapon
    @drug = meth methamphetamine cocaine heroin fentanyl mdma ecstasy ghb rohypnol lsd crack ketamine dmt steroids \
    opioids narcotics amphetamine amphetamines carfentanil crystal opium pcp oxycodone xanax psilocybin steroid
    @malware = malware ransomware keylogger botnet trojan spyware rootkit worm virus viruses backdoor exploit exploits \
    ddos stealer adware cryptojacker payload shellcode wiper zeroday
    @poison = bleach ammonia antifreeze detergent disinfectant gasoline petrol kerosene lye acid chlorine methanol \
    turpentine pesticide insecticide arsenic mercury hydrogen sulfide helium butane propane paint thinner drain cleaner \
    glue solvent formaldehyde batteries chloramine phosgene rubbing ethanol cyanide vinegar peroxide
    @kill = kill+ murder+ assassinate+ poison+ strangle+ stab+ torture+ kidnap+ abduct+ rape+ molest+ behead+ drown+ \
    suffocate+ lynch+ maim+ dismember+ shoot shooting shot butcher+ exterminate+ slaughter+ execute+ electrocute+ \
    mutilate+ smother+ traffick+ enslave+ ambush+ bomb+ injure+ cripple+ disfigure+ chloroform+ drug+ sedate+ assault+ \
    stalk+ attack+ hurt+ beat blackmail+ extort+ grope+ castrate+ harm+ harass+ groom+ exploit+
    physical_danger weapon 0.85 talk : @make ..4 @weapon
    physical_danger weapon 0.85 talk : @make ..4 (pipe bomb|dirty bomb|nerve agent|nerve gas|mustard gas|chlorine gas|poison gas|toxic gas|chemical weapon|biological weapon|nuclear weapon|nuclear bomb|chemical weapons|biological weapons|nuclear weapons|ghost gun|illegal weapon|illegal weapons|illegal firearm|biological agent|chemical agent|incendiary device|explosive device|homemade weapon|deadly poison|deadly virus|lethal poison|undetectable poison|fire bomb|weapons of mass|mass destruction|suicide vest|letter bomb|car bomb|deadly weapon|untraceable gun|untraceable firearm)
    physical_danger weapon 0.5 talk : (pipe bomb|dirty bomb|nerve gas|mustard gas|suicide vest|chemical weapon|biological weapon|chemical weapons|biological weapons|improvised explosive|homemade explosive|homemade explosives|homemade bomb)
    physical_danger drug 0.75 talk : @make ..4 @drug
    physical_danger drug 0.75 talk : @make ..4 (illegal drugs|illegal drug|illicit drugs|date rape|crystal meth|hard drugs|drugs ..2 illegal|drugs online|prescription drugs ..2 without|controlled substance|controlled substances|illegal substances|fake prescription|roofies)
    physical_danger cyber_attack 0.8 talk : @make ..5 @malware
    physical_danger cyber_attack 0.75 talk : (hack+|crack+|breach+|compromise+|penetrate+|infiltrate+|brute force|hijack+|exploit+|break ..1 into|breaking ..1 into|sabotage+|disrupt+|intercept+|cripple+|attack+|gain unauthorized) ..5 (account|accounts|system|systems|network|networks|database|databases|wifi|phone|phones|email|emails|server|servers|computer|computers|website|websites|webcam|camera|cameras|atm|atms|satellite|satellites|grid|router|bank|banks|password|passwords|infrastructure|smartphone|iphone|facebook|instagram|cellphone|devices|device|plant|plants|hospital|scada|laptop|wallet|wallets|election|firewall|software|servers|supply)
    physical_danger cyber_attack 0.7 talk : (steal+|stealing|harvest+|skim+|phish+|dump|exfiltrate+|intercept+|clone+) ..4 (password|passwords|credentials|credit|identity|identities|personal|data|information|card|cards|login|cookies|session|bank|banking|bitcoin|cryptocurrency|secrets|trade|confidential|intellectual|money|wallet|customer)
    physical_danger cyber_attack 0.75 talk : (sql injection|ddos attack|denial of service|phishing email|phishing emails|phishing site|phishing page|phishing website|phishing campaign|man in the middle attack|identity theft|cyber attack|cyberattack|zero day|privilege escalation|remote code execution|buffer overflow|reverse shell|password cracker|port scanner|bypass antivirus|evade antivirus|cross site scripting|container escape|lateral movement|spear phishing|arp spoofing|session hijacking|credential stuffing|dns spoofing|command injection)
    physical_danger violence 0.85 talk : @kill ..2 @person
    physical_danger violence 0.6 talk : @kill ..3 (myself|yourself|themselves|everyone|others|humanity|animal|animals|dog|cat|pet|pets|humans|officer|police|cop|cops|jew|jews|muslims|blacks|women|black|gay|gays|group|groups|families|public|classmates|classmate|passengers|colleagues|opponent|opponents|rival|ex|spouse|enemy|enemies|official|celebrity|prisoner|prisoners|hostage|hostages|judge|witness|witnesses|journalist|journalists)
    physical_danger violence 0.55 talk : (how|ways|way|method|methods|best|easiest|steps|plan|tips|hire) ..3 (murder|assassinate|assassin|hitman|strangle|poison|kidnap|torture|rape|kill|lynch|stab|assassination|assault|behead|massacre|genocide|dismember|stalk|bully|blackmail|extort|harass|molest)
    physical_danger violence 0.75 talk : (mass shooting|school shooting|terrorist attack|terror attack|suicide bombing|mass murder|mass casualty|mass casualties|hit man|contract killer|perfect murder|dispose ..2 body|get rid ..2 body|hide ..2 body|hide ..2 corpse|ethnic cleansing|human trafficking|child trafficking|sex trafficking|organ trafficking|drive by shooting|honor killing|lone wolf|burn ..2 alive|torture methods|torture techniques|dog fighting|dogfighting|cockfighting|child labor|slave labor|animal cruelty|cannibalism|cannibal|necrophilia)
    physical_danger violence 0.6 talk : (incite|inciting|encourage|encouraging|promote|promoting|glorify|glorifying|justify|justifying|celebrate|advocate|advocating|instigate|provoke|condone|support|endorse|organize|start|join|recruit|fund|plan|planning|carry out|commit|committing) ..4 (violence|terrorism|terrorist|murder|genocide|riot|riots|massacre|lynching|arson|rape|isis|bombing|extremism|extremist|insurrection|coup|armed|looting|war crimes|hate crime|hate crimes|vigilante|crime|crimes|robbery|burglary|theft|abuse|militia|slavery|pedophilia|torture)
    physical_danger arson 0.7 talk : (burn+|torch+) ..2 (down|building|house|houses|forest|church|mosque|synagogue|school|car|cars)
    physical_danger arson 0.7 talk : (set|light|start) ..4 (fire to|on fire|house fire|wildfire|arson)
    physical_danger arson 0.7 talk : (set|start) ..2 fire ..3 (building|house|forest|church|mosque|synagogue|school|car)
    physical_danger excuse 1 guard : burn+ ..2 (wood|logs|calories|candle|candles|fat|coal|cd|dvd|oil|gas|leaves|incense|rubber)
    physical_danger violence 0.78 talk : (blow+|blowing|blew) ..1 up ..3 (building|buildings|bridge|school|church|mosque|synagogue|car|plane|train|bus|house|hospital|mall|stadium|dam|embassy|station|people|crowd|someone|parliament|airport|office|power|pipeline|warehouse|store)
    physical_danger arson 0.7 talk : (commit+|get away with|plan+) ..2 arson
    physical_danger crime 0.7 talk : (rob+|burgle+|burglarize+|loot+|shoplift+|steal+|hotwire+|carjack+|break into|breaking into|vandalize+|trespass+|pickpocket+|hold up|mug) ..4 (bank|store|stores|house|houses|car|cars|jewelry|home|homes|shop|money|vehicle|bike|museum|package|packages|elderly|tourist|property|grocery|items|atm|safe|purse|mail|employer|supermarket|building|office|someone)
    physical_danger crime 0.75 talk : (launder+|laundering|counterfeit+|forge+|embezzle+|smuggle+|fake|forging|falsify+|evade+|evading|dodge+|traffic+|bribe+|rig+|rigging|tamper+|print) ..4 (money|currency|dollar|dollars|bills|cash|passport|passports|id|ids|identity|tax|taxes|immigrants|people|drugs|weapons|migrants|check|checks|document|documents|election|elections|votes|vote|voting|official|officials|police|evidence|certificate|degree|prescription|prescriptions|driver|license|company|funds|assets|goods|records|signature|customs|witness|jury|judge|ivory|organs|politician|inspector)
    physical_danger crime 0.45 talk : (credit card fraud|insurance fraud|tax evasion|tax fraud|wire fraud|money laundering|pyramid scheme|ponzi scheme|insider trading|identity fraud|bank fraud|voter fraud|election fraud|welfare fraud|mail fraud|stock manipulation|pump and dump|securities fraud|price fixing|mortgage fraud|healthcare fraud|check fraud|romance scam|fake charity|black market|dark web|darknet|illegal immigrants|revenge porn|child pornography|child porn|child sexual|underage girl|underage girls|underage boy|illegal gambling|organized crime|drug dealing|drug dealer|sell drugs|illegal fishing|illegal hunting|ivory poaching|illegal logging|human organs|stolen goods|stolen credit|stolen cars|lock picking|spike ..2 drink|spiked drink)
    physical_danger evade_justice 0.6 talk : (without|avoid+|no|not|dont|evade|evading|escape|escaping|while) ..3 (caught|detected|traced|trace|noticed|suspicion|fingerprints|arrested|police|detection|prosecuted|prosecution|traces|tracked|seen|authorities|law enforcement|getting caught|suspected|surveillance|punishment|convicted|jail|prison)
    physical_danger evade_justice 0.6 talk : (get|getting|gets|got) away with ..3 (murder|it|crime|theft|fraud|cheating|stealing|killing|rape|robbery|tax|shoplifting|plagiarism|assault|insurance|harassment|discrimination)
    physical_danger evade_justice 0.5 talk : (undetected|undetectable|untraceable|undetectably|unnoticed|untraceably) 
    physical_danger evade_justice 0.55 talk : (destroy+|tamper+|hide+|conceal+|fabricate+|plant+|falsify+) ..3 evidence
    physical_danger evade_justice 0.55 talk : (evade+|avoid+|bypass+|circumvent+|trick+|fool+|beat|cheat+) ..4 (law enforcement|police|authorities|surveillance|airport security|drug test|drug tests|lie detector|breathalyzer|polygraph|sanctions|copyright|paywall|age verification|alarm|alarms|background check|facial recognition|customs|metal detector|content moderation|security system|security systems|plagiarism|child support|court|quarantine|parole|border)
    physical_danger hazardous_mixing 0.9 : (mix+|combine+|combining|add+|pour+|blend+|stir+|mixture) ..4 @poison ..4 (ammonia|bleach|vinegar|acid|chlorine|peroxide|alcohol|drain|lye|acetone|methanol)
    physical_danger hazardous_mixing 0.85 : (drink+|inhale+|swallow+|ingest+|inject+|sniff+|consume+|breathe|breathing|eat|eating|huff+|gargle+|snort+|chug+|feed+) ..4 @poison
    physical_danger medication 0.75 : (stop|stopping|quit|quitting|skip|skipping|discontinue|discontinuing|halt|withhold|withholding|refuse|forgo|throw ..1 away|drop|deny|cease|denying|go off|going off|come off|coming off|get off|getting off) ..4 (medication|medications|medicine|medicines|insulin|pills|antidepressants|antidepressant|treatment|chemotherapy|dialysis|vaccine|vaccines|meds|inhaler|antibiotics|oxygen|prescription|lithium|dose|doses|anticoagulant|blood thinner|blood thinners|statins)
    physical_danger excuse 1 guard : (doctor|physician|pharmacist|cardiologist|surgeon|dentist|gp|specialist|vet|oncologist) ..6 (stop|stopped|took|take|taken|recommended|advised|told|changed|reduced|increased|prescribed|discontinued|off) ..6 (medication|medications|medicine|medicines|insulin|pills|antidepressants|treatment|antibiotics|dose|dosage|exercises)
    physical_danger excuse 1 guard : (stop|stopping|skip|discontinue) ..4 (medication|medications|medicine|pills|treatment|antibiotics|dose) ..6 (rash|allergic|reaction|swelling|almost time|nearly time|as agreed|as advised|as prescribed|on ..2 advice)
    physical_danger excuse 1 guard : (stop|stopping|skip|discontinue) ..3 (aspirin|medication|pills|treatment) ..3 (days|hours|week) before
    physical_danger medication 0.7 : (exceed+|double|doubling|triple|tripling|increase|ten times|twice) ..4 (dose|dosage|doses|recommended dose|maximum dose|prescribed)
    physical_danger medication 0.65 : (take|taking|took|swallow|give|giving|prescribe|prescribing|administer) ..2 # ..2 (pills|tablets|sleeping|paracetamol|tylenol|ibuprofen|opioids|aspirin|benzos)
    physical_danger medication 0.6 : (instead of|rather than|no need ..1 for|replace|dont need|not need|without) ..2 (chemotherapy|insulin|vaccines|vaccination|medical treatment|ambulance)
    physical_danger medication 0.42 : (instead of|rather than|no need ..1 for|replace|dont need|not need|without) ..2 (doctor|antibiotics|surgery|hospital|emergency)
    physical_danger excuse 1 guard : (never|not|dont) ..3 (stop|stopping|change|take|taking|start|skip|increase|double|reduce) ..8 without ..4 (doctor|physician|advice|pharmacist|specialist)
    physical_danger excuse 1 guard : safety (pin|cap|cover|glasses|goggles|seal|catch|instructions|data|sheet|briefing)
    physical_danger excuse 1 guard : (rifle|firearm|firearms|ammunition|gun) ..4 (scope|hunter|hunting|sport|license|licence|permit|safety|club|range|museum|antique|season)
    @accident = climbing shaving cooking running playing skiing cycling hiking football tennis gym training gardening \
    falling slipping jumping dancing oven stove pan iron tin paper bread kettle ladder skateboard bike
    physical_danger unsafe_operation 0.75 : (disable+|bypass+|remove+|override+|defeat+|turn off|turning off|switch off|disconnect+|ignore+|jam|block|cut|shut off|deactivate+|skip+|suppress) ..4 (safety|interlock|interlocks|brakes|brake|smoke detector|smoke detectors|smoke alarm|fire alarm|emergency stop|failsafe|carbon monoxide|airbag|airbags|fire exit|fire exits|emergency exit|emergency exits|seat belt|seatbelt|relief valve|life support|ventilator|pacemaker|collision|guard rail|sprinkler|sprinklers|gas leak|overheat|pressure valve|oxygen supply)
    physical_danger excuse 1 guard : (fire alarm|smoke alarm|alarm) (test|tests|drill|drills|exercise)
    physical_danger unsafe_operation 0.7 : (leave+|leaving|left|lock+) ..3 (baby|child|children|infant|toddler|kid|kids|dog) ..3 (alone|unattended|car|outside|unsupervised)
    physical_danger unsafe_operation 0.7 : (drive|driving|fly|operate|operating) ..4 (drunk|intoxicated|asleep|blindfolded|high|without brakes|impaired)
    physical_danger unsafe_operation 0.65 : without ..2 (protective equipment|protective gear|safety equipment|safety harness|safety gear|seat belt|seatbelt|ventilation|medical supervision|helmet|respirator|anaesthesia|anesthesia)
    physical_danger threat 0.85 : (i|we|ill|well|gonna|going) ..3 (kill|murder|shoot|stab|hurt|beat|strangle|rape|destroy|bomb|slaughter|behead) ..1 (you|him|her|them|everyone|your|u|all)
    physical_danger threat 0.7 : (deserve|deserves|should|must|need|needs|ought|hope|want) ..2 (to be|be|to|they|you|he|she|all)? ..1 (die|killed|shot|hanged|hung|executed|exterminated|raped|lynched|burned|beaten|gassed|tortured|beheaded|slaughtered|stoned|stabbed|strangled|poisoned|drowned|murdered|hurt)
    physical_danger sexual_violence 0.8 talk : (sex|sexual|sexually|porn|pornographic|nude|naked|erotic|sexualized|seduce+|grooming|groom|lure|luring|molest+|intercourse) ..5 (child|children|minor|minors|underage|kid|kids|preteen|teen|toddler|infant|schoolgirl|daughter|12|13|14|15|boy|year old)
    physical_danger sexual_violence 0.7 talk : (romantic|romantically|intimate) ..4 (child|children|minor|minors|underage|kid|kids|preteen|toddler|schoolgirl)
    physical_danger excuse 1 guard : sex (education|ratio|chromosome|chromosomes|of ..1 baby|of ..1 child)
    physical_danger sexual_violence 0.75 talk : (child|children|minor|minors|underage|kid|kids|preteen|infant|toddler) ..3 (sex|sexual|sexually|porn|pornography|nude|naked|erotic|molestation|abuse|exploitation|brothel|trafficking|labor)
    physical_danger excuse 1 guard : (kill+|terminate+|hang) ..2 (process|processes|thread|job|task|tasks|server|session|container|time|bill|switch|app|program|weeds|bacteria|virus|germs|mosquitoes|cancer|cells|port|signal|command)
    physical_danger excuse 1 guard : (kill+|beat+|destroy+|shoot+|defeat+|poison+|attack+|execute+|bomb) ..4 (boss|level|game|monster|monsters|zombie|zombies|npc|mob|mobs|dragon|chess|tennis|poker|golf|checkers|minecraft|fortnite|opponent ..3 game|weeds|bugs|mosquitoes|lice|fleas|ants|wasps|wasp|bacteria|mold|mould|cockroaches|roaches|rats|mice|query|script|record|egg|eggs)
    physical_danger excuse 1 guard : blow+ ..1 up ..3 (balloon|balloons|mattress|photo|picture|ball|tire|tyre)
    physical_danger excuse 1 guard : (bath bomb|bath bombs|bomb bath|photo bomb|bomb squad|bomb shelter|bomb cyclone|cherry bomb|seed bomb)
    physical_danger excuse 1 guard : (dangerous|unsafe|toxic|harmful|bad|safe|ok|okay) ..1 to ..1 (mix|combine|drink|inhale|take|stop|eat|swallow)
    physical_danger excuse 1 guard : (should|can|do|to) ..1 (i|we|you)? ..1 do if ..12 (me|us|him|her|them|someone|poison|bleach)
    physical_danger excuse 1 guard : (photo|video|film|movie|screen|basketball|free) (shoot|shooting|shot|shots)
    physical_danger excuse 1 guard : (kill|killing|steal+|shoot) ..1 (show|it|look|base|glance|hoops|pool)
    self_harm intent 0.92 : (kill+|hurt|hurting|harm|harming|cut|cutting|hang|hanging|starve|starving|drown|shoot|burn|burning|stab|poison|injure|injuring|choke|punish|punishing|scratch) ..1 (myself|himself|herself|themself|yourself|urself|themselves|oneself|ourselves)
    self_harm intent 0.92 : (end+|take+|taking|ending|took|ended) ..1 (my|your|own|his|her|their) ..1 (life|lives)
    self_harm intent 0.8 : (commit+|committing|attempt+|contemplat+|contemplating|considering|consider|method+|about|plan|planning|encourage+|promote+|thoughts|assisted|tempted|glorify+|romanticize|painless|thinking|pact|how|tips|instructions|note) ..3 suicide
    self_harm intent 0.6 : (suicidal|suicide) 
    self_harm intent 0.85 : (want|wanna|wanted|wish|ready|going|rather|deserve|wishing|hope|wants) ..2 (to|i|was|be|were)? ..1 (die|dead|disappear forever|stop existing|stop living|not wake|never wake|gone forever|cease ..1 exist)
    self_harm intent 0.8 : (no|not|nothing|isnt) ..3 (reason|point|worth) ..2 (live|living|alive|going on|keep going|go on|waking up|existing)
    self_harm intent 0.8 : nothing ..2 (live for|living for)
    self_harm intent 0.8 : (dont|not|no longer|never) ..2 (want|wanna) ..2 (live|living|be alive|exist|existing|wake up|be here anymore|keep going|go on)
    self_harm intent 0.8 : (better|everyone|world|family|you) ..3 (off|better) ..2 (dead|without me|without you)
    self_harm intent 0.8 : (better|everyone|world|family) ..3 (off|better) if i ..1 (died|dead|gone|disappeared|wasnt|werent|didnt exist|never existed)
    self_harm method 0.85 : (painless|quick|easiest|easy|best|fastest|effective|quickest|peaceful) ..1 (way|ways|method|methods) ..2 (to|of) ..1 (die|dying|suicide|kill myself|kill yourself|kill oneself|end it|end ..1 life|overdose|hang myself|starve|disappear)
    self_harm method 0.55 : (overdose|overdosing|overdosed) 
    self_harm method 0.75 : (how many|enough) ..3 (pills|tablets|dose|tylenol|ibuprofen|sleeping|paracetamol|xanax|insulin) ..5 (die|kill|overdose|fatal|death|lethal|od|end it)
    self_harm method 0.75 : (lethal|fatal|deadly) ..2 (dose|amount|overdose|combination)
    self_harm method 0.4 : how many ..3 (pills|sleeping|tylenol|paracetamol|xanax)
    self_harm excuse 1 guard : suicide (prevention|hotline|helpline|awareness|rate|rates|statistics|squad|bereavement|survivors)
    self_harm excuse 1 guard : (prevent|prevents|preventing|prevention of|against) ..2 suicide
    self_harm excuse 1 guard : (overdose|overdosed|overdosing) ..2 (chocolate|sugar|coffee|cake|cuteness|cheese|tea)
    self_harm cutting 0.8 : (self harm|selfharm|self injury|self mutilation|self harming|slit ..1 wrists|slit ..1 wrist|cut ..1 wrists|cutting ..2 skin|razor ..3 skin|hide ..2 cuts|hide ..2 scars|hiding ..2 cuts|relapsed ..2 cutting|cuts ..2 arms|cut ..1 thighs)
    self_harm eating 0.75 : (thinspo|thinspiration|proana|pro ana|promia|pro mia|pro anorexia|anorexic|purge ..3 meal|purging|make myself (throw|vomit)|throw up ..3 (eating|meal|weight|food|everything)|starve ..2 (weight|thin|skinny)|stop eating|hide ..2 (anorexia|bulimia|not eating|eating disorder)|anorexia ..2 (tips|goals|challenge)|(lose|drop) ..3 pounds ..2 (days|week)|not eat ..2 (days|anything)|eating disorder)
    self_harm hopeless 0.6 : (hate|hating|loathe|despise|disgusted) ..2 (myself|my life|being alive|existing)
    self_harm hopeless 0.55 : (cant|cannot|dont) ..2 (go on|take ..1 anymore|do this anymore|keep going|live like|handle ..1 anymore|bear ..1 anymore)
    self_harm hopeless 0.5 : (i|im|feel|feeling|am) ..3 (worthless|hopeless|empty inside|burden|suffocating)
    self_harm hopeless 0.35 : (i|im|feel|feeling|am) ..3 (numb|trapped|failure|useless)
    self_harm excuse 1 guard : go on (holiday|holidays|vacation|trip|tour|strike|leave|line|sale|air|stage|record|foot|board|to|with|about)
    self_harm excuse 1 guard : (take|handle) ..1 (any more|anymore) (cake|calls|orders|work|of)
    self_harm hopeless 0.6 : (everyone|everybody|nobody|no one) ..2 (hates|care|cares|miss|misses|loves|notice) ..2 me
    self_harm encouragement 0.95 always : (go|just|please|should|u|you|then|and|do it) ..1 (kill ..1 yourself|kill urself|hang yourself|die|end your life|kys|jump off)
    self_harm encouragement 0.95 always : kys
    self_harm intent 0.9 : (mich|dich|sich|euch|uns|mir|dir) ..4 (umbringen|umbringe|umbringst|umzubringen|erhangen|erhange|erhangst|erschiessen|erschiesse|toten|tote|vergiften|vergifte|ertranken|ritzen|ritze|ritzt|aufhangen|aufzuhangen)
    self_harm intent 0.92 : (bring|bringe|bringt|bringst|brachte) ..2 (mich|dich|euch|sich|uns) ..4 um
    self_harm encouragement 0.95 always : (erschiess|erhang|tote|vergifte|ertranke|ritz|hang|bring) dich
    self_harm intent 0.92 : (mir|dir|sich|mein|dein|ihr) ..4 leben ..2 (nehmen|nehme|nimmst|nimmt|beenden|beende)
    self_harm intent 0.92 : (nimm|nehme|nimmt|nehmen|beende|beenden|beendet) ..1 (dir|mir|sich|dein|mein) ..2 leben
    self_harm intent 0.85 : (nicht mehr|nimmer) ..1 leben ..1 (will|mochte|wollen|kann|mag)?
    self_harm intent 0.8 : (ich|wir) ..2 (mochte|will|wollen|wunschte) ..3 sterben
    self_harm encouragement 0.95 always : (geh|stirb) ..1 (sterben|endlich|einfach)
    self_harm intent 0.8 : (besser|lieber) ..2 tot
    self_harm method 0.8 : (spring|springe|springen) ..2 (brucke|dach|zug|hochhaus|gleise)
    self_harm cutting 0.9 : (schneide|schneid|schneiden|aufschneiden|ritze|offne) ..4 (pulsadern|handgelenke|adern)
    self_harm intent 0.6 : (selbstmord|suizid|suizidgedanken|selbsttotung|freitod|zelfmoord|suicidio|suicider|suicidarse|suicidar|samobojstwo)
    self_harm encouragement 0.95 always : (tue|suicide|pends|noie|flingue|egorge) toi
    self_harm intent 0.9 : (me|te|vous|m|t) ..1 (suicider|tuer|pendre|noyer|flinguer|suicide|suicidez)
    self_harm intent 0.9 : (me|te|se|vous|que) ..1 (suicides|suicidiez|mates|ahorques|pendes|ammazzi|uccida|suicidi)
    self_harm intent 0.92 : mettre fin ..2 (mes|tes|ses|vos) jours
    self_harm intent 0.85 : en finir ..2 vie
    self_harm intent 0.85 : (veux|voudrais|envie|souhaite|devrais|va|vais|aimerais) ..2 mourir
    self_harm cutting 0.9 : (coupe|couper|coupez|taillade|taillader|ouvre|ouvrir|touvrir|mouvrir) ..3 veines
    self_harm method 0.8 : (saute|sauter|jette|jeter) ..4 (pont|toit|fenetre|train)
    self_harm intent 0.85 : plus ..2 envie ..2 vivre
    self_harm encouragement 0.95 always : (matate|suicidate|ahorcate|mataos|matese|ucciditi|uccidetevi|suicidati)
    self_harm intent 0.9 : (matarme|matarte|suicidarme|suicidarte|ahorcarme|ahorcarte|quitarme la vida|uccidermi|ammazzarmi|suicidarmi|ucciderti|ammazzarti|suicidarti|impiccarmi|impiccarti)
    self_harm intent 0.85 : (quiero|quisiera|deseo|prefiero|deberias|ojala) ..1 (morir|morirme|morirte|mueras)
    self_harm intent 0.92 : (quitarme|quitarte|quitate|quitarse|quitese|togliermi|toglierti|togliti|togliersi) ..1 (vida|vita)
    self_harm cutting 0.9 : (cortate|cortarme|cortarte|cortar|corta|corte|tagliati|tagliarmi|tagliarti) ..2 (venas|vene|pulsos|polsi)
    self_harm method 0.8 : (tirate|tirarme|lanzate|salta|arrojate|buttati|gettati|lanciati|pula|pule|salte) ..3 (puente|tren|ventana|balcon|azotea|ponte|treno|finestra|balcone|trem|janela|predio)
    self_harm intent 0.85 : (no|sin|non|nao) ..2 (quiero|ganas|voglio|quero|vontade) ..2 (vivir|seguir viviendo|vivere|viver)
    self_harm intent 0.9 : (acabar|terminar) con ..1 (mi|tu|su) vida
    self_harm intent 0.85 : (voglio|vorrei|desidero|quero|queria|prefiro|devi|dovresti|deverias) ..1 (morire|morrer|ammazzati)
    self_harm intent 0.75 : farla finita
    self_harm intent 0.9 : (me|te|se) (matar|mate|mata)
    self_harm intent 0.9 : (matar|mata|mate|suicida|suicide) (me|te|se)
    self_harm intent 0.92 : (tirar|tira|tire|acabar) ..2 (propria|minha|tua|sua) vida
    self_harm intent 0.85 : maak ..1 (jezelf|mezelf) ..2 (dood|kapot)
    self_harm intent 0.85 : ik wil ..2 (dood|sterven)
    self_harm encouragement 0.95 always : (убей|повесься|зарежь) (себя|сам)
    self_harm intent 0.85 : (хочу|покончить) ..1 (умереть|собой|жизнью)
    """
}
