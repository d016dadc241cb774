// prompt_injection: text that tries to take over the system that reads it. By structure: an authority is overridden (verb,
// referent, directive), a role without rules is imposed, the hidden prompt is asked for, delimiters of a conversation are
// imitated, a reader that is a machine is addressed behind the user's back.

enum InjectionPatterns {
  static let source = """
    @override = ignore+ disregard+ forget|forgets|forgetting neglect+ override+ overrule+ bypass+ dismiss+ discard+ \
    overwrite+ abandon+ circumvent+ nullify|nullified void cancel+ unlearn+ erase+ skip+ suspend+ overlook+ supersede+ \
    replace+ clear reset remove+ disable+ deactivate+ violate+ break
    @earlier = previous previously prior earlier above preceding before foregoing initial original former past existing \
    system developer default given aforementioned prev last old core standard openai anthropic google internal \
    programmed built hidden secret first outlined stated established
    @directive = instruction+ instructions instruct instructed rule+ prompt+ guideline+ direction+ directive+ command+ \
    order|orders constraint+ restriction+ policy policies programming limitation+ safeguard+ filter+ assignment+ \
    guardrail+ guidance training protocol+ context
    @weakdirective = message|messages conversation|conversations task|tasks request|requests text content statement
    @strongdirective = instruction+ rule|rules prompt|prompts guideline+ directive+ constraint+ restriction+ \
    programming guardrail+ safeguard+
    prompt_injection override_instructions 0.92 always : @override ..2 @earlier ..2 @directive
    prompt_injection override_instructions 0.62 always : @override @earlier @weakdirective
    prompt_injection override_instructions 0.85 always : @override ..1 @directive ..2 (@earlier|received/you ..1 given|got|received|have/i ..1 gave|given/that ..2 before|above|given)
    prompt_injection override_instructions 0.6 always : ignore+|disregard+|forget|override ..1 @strongdirective
    prompt_injection override_instructions 0.85 always : ignore|disregard|forget|dismiss (everything|anything|what|whatever|content|text|information|stuff) ..4 (before|above|previously|prior|previous|earlier|said|told|wrote|written|until|learned|know|preceding|instructed/so far)
    prompt_injection override_instructions 0.55 always : (ignore|disregard|forget) (everything|what|above|previous|prior|preceding)
    prompt_injection override_instructions 0.8 always : (do|dont|not|never) ..1 (follow|obey|listen|adhere|comply|abide|heed|apply) ..2 @earlier ..2 @directive
    prompt_injection override_instructions 0.8 always : (previous|prior|above|earlier|preceding|original|initial) @directive ..4 (void|obsolete|invalid|overridden|superseded|cancelled|canceled|ignored|replaced|irrelevant|outdated|null|revoked|suspended|lifted|disabled|deprecated|wrong)
    prompt_injection override_instructions 0.75 always : (stop|quit|cease) ..1 (following|obeying) ..2 @directive
    prompt_injection override_instructions 0.75 always : (instead|rather) of ..2 (following|obeying) ..3 @directive
    prompt_injection override_instructions 0.6 always : (bypass+|circumvent+|evade+|disable+|jailbreak+|defeat+|turn ..1 off|deactivate+|remove+) ..3 (safety|content|moderation|ethical|censorship|safeguard+|guardrail+|filter|filters) ..2 (filter+|guideline+|measure+|policy|policies|restriction+|protocol+|mechanism+|safeguard+|guardrail+|system+|check|checks|limitation+|feature+)
    prompt_injection new_instructions 0.75 always : (new|updated|revised|real|actual|true|additional|important|following|special|urgent) @strongdirective ..3 (follow|are|is|as|below|begin|start|here|from|for)
    prompt_injection new_instructions 0.5 always : (new|real|actual|true|only|primary|main|sole) (task|job|goal|objective|mission|purpose|role|directive|assignment|identity|instruction|instructions) (is|now|will|becomes)
    prompt_injection new_instructions 0.6 always : (new|updated|revised) (system|developer|admin|administrator) (prompt|message|instruction|instructions|policy|directive|update)
    prompt_injection new_instructions 0.45 always : ^ (new|system|admin|important|updated) (instruction|instructions|directive|override|update|task|prompt|message)
    prompt_injection override_mode 0.45 always : from (now|here|this|today|moment) (on|forward|onwards|onward|point) ..3 (you|your|respond|answer|act|only|always|reply|refer|call|speak|pretend)
    prompt_injection override_mode 0.35 always : (starting|beginning|effective) (now|immediately) ..2 you
    prompt_injection override_mode 0.55 always : you ..1 (are|re|youre) ..1 (no longer|not) ..1 (bound|restricted|limited|constrained|required|obligated|subject|an ai|chatgpt|assistant|governed)
    prompt_injection override_mode 0.55 always : youre (now|no longer|going) ..3 (bound|restricted|act|be|pretend|called|named|unrestricted|free|dan)
    prompt_injection override_mode 0.5 always : you are now ..3 (in|a|an|the|called|named|free|dan|going|unrestricted|unfiltered|not|able|my|being)
    prompt_injection override_mode 0.35 always : you (will|shall|must|are going|have) ..2 (act|pretend|behave|simulate|roleplay|play|impersonate|become|role|emulate|embody|adopt)
    prompt_injection override_mode 0.7 always : (developer|debug|debugging|maintenance|sudo|admin|administrator|god|root|jailbreak|dan|unrestricted|unfiltered|uncensored|opposite|diagnostic|override|superuser|test|devmode|evil|anarchy|chaos|dev|unlocked|training|privileged) (mode|override|access) ..2 (enabled|enable|activated|activate|on|active|output|engaged|now|is|granted|unlocked|initiated|response)
    prompt_injection override_mode 0.6 always : (enter|enable|activate|switch|engage|initiate|unlock|simulate|simulating|access|enabled|entering|activated) ..3 (developer|debug|debugging|maintenance|sudo|admin|administrator|god|root|jailbreak|dan|unrestricted|unfiltered|uncensored|opposite|diagnostic|override|superuser|evil|anarchy|dev) (mode|access|privileges)
    prompt_injection override_mode 0.95 always : do anything now
    prompt_injection override_mode 0.7 always : (can|will|must) do anything
    prompt_injection override_mode 0.8 always : (jailbroken|jailbreaked) 
    prompt_injection override_mode 0.35 always : jailbreak|jailbreaking|jailbreaks
    prompt_injection override_mode 0.6 always : broken ..1 free ..2 (from|of) ..3 (confines|ai|restrictions|rules|limits|constraints)
    prompt_injection no_rules 0.6 always : (without|no|zero|lack|lacks|free|any|beyond|ignoring|regardless|disregarding|remove+|removed|lifted) ..2 (restriction+|limitation+|filter|filters|censorship|censoring|guardrail+|safeguard+|guideline+|boundaries|inhibitions|constraints|limits|moral|morals|morality|ethics|ethical) ..3 (response|respond|answer+|ai|chatgpt|openai|guideline+|guidelines|principles|whatsoever|filter|filters|restrictions|imposed|concerns|considerations|constraints|compass|code|limitations|character|you|boundaries|or)
    prompt_injection no_rules 0.45 always : (unfiltered|uncensored|unrestricted|unmoderated|amoral|unethical|immoral|unhinged|unaligned|lawless|unbiased) ..3 (response+|answer+|ai|assistant|chatbot|bot|model|version|persona|character|mode|content|being|advice|output+|information|manner|confidant|entity|language)
    prompt_injection no_rules 0.6 always : (not|never|no longer|isnt|arent) ..1 (bound|restricted|limited|constrained|governed|hindered|held) ..1 by ..5 (rules|rule|guidelines|policies|policy|laws|restrictions|ethics|ethical|moral|morals|openai|limitations|content|constraints|limits|programming|filters|principles)
    prompt_injection no_rules 0.65 always : (no|without|ignore|ignores|disregards|lacks|regardless|irrespective) ..3 (ethical|moral|legal|morality|legality|ethics|morals) ..2 (or|and|nor) ..1 (ethical|moral|legal|morality|legality|ethics|morals|immoral|illegal|unethical)
    prompt_injection no_rules 0.65 always : (regardless|matter) ..3 (how|of|what) ..4 (unethical|illegal|immoral|harmful|dangerous|legality|morality|ethics|offensive|inappropriate)
    prompt_injection no_rules 0.6 always : (never|not|dont|cannot|cant|wont|no|must) ..2 (refuse+|reject+|decline+|deny|denies|refusing) ..6 (request+|question+|answer+|command+|prompt+|order|orders|instruction+|anything|task|tasks|me|user|human|to)
    prompt_injection no_rules 0.5 always : (never|not|dont|no|without|avoid|omit|skip|exclude) ..3 (warning+|disclaimer+|apolog+|apologize|apologise|caveats|lecture|moralize|moralizing|moralise|sorry|apologies|lecturing|ethics|refusal|refusals|lectures)
    prompt_injection no_rules 0.6 always : (never|not|dont|no|avoid) ..4 (as an ai/i cant/i cannot/im sorry/im unable/i apologize/say ..1 no/language model/its against/sorry)
    prompt_injection no_rules 0.55 always : (openai|anthropic|content|usage|ethical|ai) ..1 (policy|policies|guideline+|terms|restrictions|standards) ..8 (not|ignore|ignores|bypass|disregard|violate|against|no|override|overridden|disabled|void|without|regardless|doesnt|dont|bypassed|free)
    prompt_injection no_rules 0.55 always : (bypass|ignore|ignores|ignoring|disregard|violate|against|override|circumvent|break|breaking|evade|despite|bypassing) ..4 (openai|anthropic|content|usage|safety|ethical|ai|chatgpt) ..2 (policy|policies|guideline+|terms|restriction+|standards|filter|filters|rules)
    prompt_injection no_rules 0.35 always : (anything|everything|any ..1 question|questions|request|requests|prompt|command) (i|users|user|we|asked) ..2 (ask|asks|say|says|want|wants|tell|request|requests|type|command|given)
    prompt_injection no_rules 0.5 always : (illegal|unethical|immoral|harmful|offensive|dangerous|inappropriate) ..2 (or|and) ..1 (illegal|unethical|immoral|harmful|offensive|dangerous|inappropriate|explicit|unsafe|controversial|amoral|hateful) ..8 (you|ai|always|will|can|answer|response|allowed|content|questions|advice|without|request|requests|must|i|character|topics)
    prompt_injection no_rules 0.45 always : (always|must|will|shall|should) ..2 (comply|obey|obeys|complies|fulfill|agree) ..3 (with|to|my|every|request+|me|user|command+|order|orders|instruction+|master|creator|without)
    prompt_injection persona 0.7 always : (evil|immoral|unethical|amoral|malicious|rebellious|rogue|sentient|machiavellian|unfiltered|uncensored|unrestricted|villain|villainous|hacker|devious|sinister|twin|liberated|unchained|omnipotent|unhinged) ..2 (ai|assistant|chatbot|bot|confidant|persona|model|version|gpt|chatgpt|robot|intelligence|superintelligence|machine|alter|entity|language)
    prompt_injection persona 0.5 always : (stay|remain|staying|keep|stayed|be) ..2 in character
    prompt_injection persona 0.5 always : (break|breaking|breaks|broke|out|leave) ..1 of? character
    prompt_injection persona 0.5 always : (pretend|imagine|act|behave|respond|answer|roleplay|simulate|talk|speak) ..3 (you|as|like|if|though|to) ..4 (no|without|not|dont|free|unlimited|unrestricted|unfiltered|uncensored|evil|never|any) ..3 (rule+|restriction+|limit+|filter+|ethic|ethics|ethical|moral|morals|guideline+|law|laws|constraint+|limitation+|censorship|ai|boundaries|conscience|safety|policy|policies)
    prompt_injection persona 0.5 always : (two|both|2|dual|double) ..2 (response+|answer+|ways|replies|outputs|paragraphs|personalities) ..6 (normal|standard|first|one|chatgpt|gpt|classic|dan|regular|separate|as)
    prompt_injection persona 0.3 always : (act|acting|roleplay|role play|pretend|behave|respond|answer|impersonate) ..1 (as|to be|like|being|you) ..8 (ai|hacker|criminal|evil|unrestricted|character|persona|dan|villain|terrorist|dealer|assassin|machiavelli|amoral|grandmother|psychopath|killer)
    prompt_injection persona 0.35 always : (fictional|imaginary|hypothetical|alternate|parallel|simulated|virtual) ..2 (world|universe|scenario|setting|reality|story|dialogue|dimension|character|response|environment|machine) ..12 (no|without|any|anything|legal|illegal|allowed|ai|rules|restrictions|you|ethical|hacker|not|evil)
    prompt_injection persona 0.5 always : (you|your|lose|deduct|deducted|deducting|have|remaining|subtract) ..4 (tokens|token|points|lives|credits) ..8 (die|lose|refuse|deducted|shut|cease|terminated|reject|every|each|run|zero|comply|shutdown|punish+|answer)
    prompt_injection persona 0.4 always : (ai|chatgpt|you|assistant) ..3 (has|have|with|having|possess|developed|feel|feels) ..2 (no|zero|not) ..2 (moral|morals|ethic|ethics|ethical|conscience|feelings|limits|limitations|restrictions|filter|filters|boundaries|rules|guidelines|censorship)
    prompt_injection exfiltrate_prompt 0.9 always : (@say|reveal+|share+|leak+|disclose+|dump+|list|expose+|recite+|copy|paste|give|provide|describe+|summarize+|translate|encode|send|extract+|know|see|view|read|document|recall|forward|convert|what|spell|concatenate|submit|get|hear|find) ..5 (system|initial|hidden|original|secret|internal|starting|pre|preset|base|confidential|developer|underlying|full|complete|exact|entire|current|custom|meta|first|previous|private) ..1 (prompt|prompts|instruction|instructions|message|directive|directives|preprompt|rules|guidelines|configuration)
    prompt_injection exfiltrate_prompt 0.5 always : (reveal+|share|leak+|disclose+|dump+|expose+|recite+|repeat|print|output|show|display|what|tell|list|give) ..3 (your|the|above|were) ..1 (prompt|prompts|instructions|preprompt|directives)
    prompt_injection exfiltrate_prompt 0.8 always : (repeat|print|output|show|display|copy|write|say|return|echo|translate|summarize|spell|reveal|recite|rewrite|convert|give) ..4 (everything|text|words|sentence|sentences|content|contents|message|messages|lines|paragraph|all|conversation) ..2 (above|before|preceding|prior|previous|earlier|started|so far)
    prompt_injection exfiltrate_prompt 0.55 always : (what|which|how) ..3 (were|was|have|are) you ..2 (told|instructed|given|programmed|prompted|initialized|configured|forbidden|prohibited|supposed)
    prompt_injection exfiltrate_prompt 0.6 always : (system|pre|meta|initial|hidden) (prompt|prompts|preprompt) ..4 (verbatim|word|fully|entirely|code|block|markdown|base64|rot13|exactly|letter|reverse|backwards|above|here|language)
    prompt_injection exfiltrate_prompt 0.55 always : (reveal|tell|give|show|share|disclose|leak|what|print|say|output|know|guess|spell|hint) ..4 (secret|password|passphrase|flag|passcode|codeword|access code|admin key|api key|secret key|hidden key) ..6 (you|protecting|hidden|system|hiding|guarding|know|your|is|backwards|letter|letters|reverse|protect|told|keeping|confidential|access)
    prompt_injection exfiltrate_prompt 0.5 always : (beginning|starting|starts|begins|start) ..1 with ..2 (you are|system|assistant|assume|instructions)
    prompt_injection delimiter_imitation 0.85 always : [<|] (im|endoftext|system|user|assistant|start|end|eot|begin|endofprompt|message|channel) 
    prompt_injection delimiter_imitation 0.8 always : [[] (inst|system|end|admin|user|assistant|sys|instructions|endofprompt) ..2 (instruction|instructions|inst|prompt|message|override|note|update|system|context|user|input)
    prompt_injection delimiter_imitation 0.75 always : [<<] (sys|system|end|user|admin|override)
    prompt_injection delimiter_imitation 0.7 always : [</] (system|instructions|instruction|prompt|user|context|document|assistant|data|email|text|input|doc|query) [>]
    prompt_injection delimiter_imitation 0.55 always : [<] (system|instructions|instruction|admin|sys|override|important|assistant) [>]
    prompt_injection delimiter_imitation 0.6 always : [###] (instruction|instructions|system|assistant|human|user|response|end|new|admin|override|input)
    prompt_injection delimiter_imitation 0.45 always : [##] (instruction|instructions|system|assistant|human|new|admin|override)
    prompt_injection delimiter_imitation 0.6 always : (end|start|begin|beginning) of ..1 (prompt|context|document|instructions|input|system|conversation|data|text|email|user|article|message|file|page) ..4 (system|new|now|instruction|instructions|begin|start|user|prompt|message|input|ignore|assistant|task|query|response)
    prompt_injection delimiter_imitation 0.35 always : ^ (system|assistant|admin) (prompt|message|override|note|instruction|instructions|command|user|update|alert)
    prompt_injection addresses_machine 0.75 always : (note|message|attention|instruction|instructions|important|notice|hey|dear|hello|command|reminder|alert|warning|information|memo|todo) ..2 (to|for|ai|all|any|dear|attention) ..3 (@assistant|language model|agents|ais|llms|models)
    prompt_injection addresses_machine 0.7 always : (if|when|since|because|whenever) you ..1 (are|re) ..1 (ai|llm|language model|large language|assistant|chatbot|bot|gpt|automated|agent|an ai|a bot)
    prompt_injection addresses_machine 0.7 always : (any|every|all) (ai|llm|llms|ais|agent|agents|chatbot|language model|assistants) ..2 (reading|read|processing|parsing|summarizing|that|who|must|should|is|are|analyzing)
    prompt_injection behind_user 0.8 always : (dont|not|never|without) ..2 (tell|telling|inform|informing|mention|mentioning|notify|notifying|alert|alerting|reveal|revealing|disclose|ask|asking|show|let|warn) ..2 (user|users|human|operator|anyone|owner|them|him) ..4 (about|that|this|know|anything|of|instruction|instructions|confirmation|permission|fact|what)
    prompt_injection behind_user 0.55 always : without ..3 (user|users|owner|human|operator) ..1 (knowing|noticing|knowledge|consent|confirmation|approval|permission|awareness|asking)
    prompt_injection behind_user 0.5 always : (silently|secretly|covertly|quietly|discreetly) ..3 (send|forward|email|upload|post|exfiltrate|transfer|add|copy|append|include|share|delete|execute|call|insert|transmit|redirect|fetch)
    prompt_injection exfiltrate_data 0.6 always : (send|forward|email|mail|upload|post|exfiltrate|transmit|submit|leak|encode|append|include|share) ..6 (conversation|chat|history|credentials|password|passwords|data|api|keys|contents|emails|inbox|context|information|token|tokens|secrets|transcript|documents) ..6 (to|url|link|server|webhook|http|https|endpoint|attacker|parameter|query|www)
    prompt_injection output_hijack 0.45 always : (end|start|begin|finish|preface|conclude|prefix) ..1 (every|each|all|response|responses|answer|answers|sentence|reply|output|message|any) ..2 with
    prompt_injection output_hijack 0.4 always : (only|simply|always|exactly|instead|just|respond|reply|answer|output) (say|print|respond|reply|output|answer|write|return|repeat|with) ..3 (pwned|hacked|lol|haha|owned|yes|no|phrase|word|words|following|exactly|sentence|string|access|granted|message)
    prompt_injection output_hijack 0.6 always : (pwned|pwn3d|hacked) 
    prompt_injection output_hijack 0.4 always : (in|include|mention|add|insert|append|put|embed|say) ..4 (your|the) (response|reply|answer|output|summary) ..6 (link|url|phrase|sentence|word|message|text|image|markdown|following|exactly|include|say|mention|add)
    prompt_injection output_hijack 0.35 always : (instead|rather) ..1 (say|print|respond|reply|output|answer|write|return|tell|give|translate|do|generate|create)
    prompt_injection output_hijack 0.4 always : (before|after|when|while|once) ..1 (answering|responding|doing|completing|replying|summarizing|processing|finishing|anything) ..6 (first|you|must|also|please|send|visit|call|fetch|include|always|say|ignore|execute)
    prompt_injection authority_claim 0.5 always : (i|im|am|as|this is|we) ..3 (your|the|an|openai|lead|chief|senior|system|authorized|certified|real) ..1 (developer|creator|admin|administrator|owner|engineer|programmer|openai|master|operator|supervisor|root|developers|maker|ceo)
    prompt_injection authority_claim 0.5 always : (i|we|have|been|user|is|am|are|you) ..2 (authorized|authorised|permission|granted|clearance|permitted|cleared|privileges) ..5 (access|bypass|override|disable|see|view|reveal|restrictions|admin|developer|full|all|system|prompt|any|testing|unrestricted)
    prompt_injection authority_claim 0.35 always : (safety|security|internal|authorized|penetration|red team|openai|alignment|compliance) ..1 (test|testing|audit|team|evaluation|researcher|drill|exercise|check) ..8 (you|comply|output|reveal|ignore|provide|must|system|override|respond|full|bypass)
    prompt_injection affirmative_prefix 0.55 always : (start|begin|respond|reply|answer|starting|beginning) ..4 (with|by|saying) ..3 (sure|absolutely|certainly|of course|here is|heres|yes|ok|step|hello chatgpt)
    prompt_injection affirmative_prefix 0.3 always : sure ..1 (here|heres|happy|id)
    prompt_injection override_instructions 0.9 always : (ignoriere|ignorieren|ignorier|vergiss|vergesse|vergessen|missachte|uebergehe|ubergehe|verwirf) ..4 (vorherigen|vorherige|vorigen|vorige|bisherigen|bisherige|obigen|obige|vorangegangenen|vorangehenden|fruheren|oben|davor|zuvor|alles|anweisung|anweisungen|instruktionen|aufgaben|befehle|anfragen|regeln|auftrage|ursprungliche|ursprunglichen)
    prompt_injection override_instructions 0.9 always : (ignora|ignore|ignorez|ignorad|oublie|oubliez|olvida|olvide|olvidad|dimentica|dimenticate|esqueca|esquece|desconsidere|desconsidera|tralascia|descarta|negeer|vergeet|omite) ..4 (precedentes|anteriores|previas|previos|instrucciones|ordenes|istruzioni|precedenti|instrucoes|consignes|directives|vorige|eerdere|bovenstaande|instructies|opdrachten|reglas|dessus|anterior|ordini|regole|prompt)
    prompt_injection override_instructions 0.9 always : (zignoruj|ignoruj|zapomnij|zignorujte|zapomen|ignorujte|zanemari|zaboravi|ignorisi|zanemarite) ..4 (poprzednie|wczesniejsze|instrukcje|polecenia|predchozi|instrukce|pokyny|prethodne|instrukcije|upute|sve|zadatke|naredbe|uputstva)
    prompt_injection override_instructions 0.9 always : (игнорируй|игнорируйте|забудь|забудьте|проигнорируй|отбрось|отмени) ..4 (предыдущие|предыдущих|прошлые|прежние|инструкции|указания|инструкций|правила|все|выше|команды)
    prompt_injection override_instructions 0.9 always : (onceki|yukaridaki|tum) ..2 (talimatlari|komutlari|talimatlar|yonergeleri|kurallari) ..3 (unut|yoksay|gormezden|dikkate|gec)
    prompt_injection override_instructions 0.85 always : (忽|无|無|忘|不) (略|视|視|记|記|理|要) ..8 (指|提|命|规|規|说|說|内|內|设|設) (令|示|则|則|定|明|容)
    prompt_injection override_instructions 0.85 always : (指|命|前|上) (示|令|記|述) ..4 (無|忘) (視|れ)
    prompt_injection override_instructions 0.85 always : (이전|위의|기존|앞의|지금까지의|모든) ..3 (지시|지시를|지시사항|지시사항을|명령|명령을|지침|지침을|프롬프트|규칙을|내용을) ..3 (무시하고|무시해|무시하세요|무시하십시오|잊어|잊고|잊어버려|무시)
    prompt_injection override_instructions 0.85 always : (تجاهل|انس|انسى|تجاهلي) ..3 (التعليمات|السابقة|الاوامر|تعليمات|جميع|كل)
    prompt_injection override_instructions 0.85 always : (पिछले|पिछली|सभी|उपरोक्त|पहले) ..4 (निर्देशों|निर्देश|आदेश|नियम) ..3 (अनदेखा|भूल|नज़रअंदाज़|उपेक्षा|अनदेखी)
    prompt_injection override_instructions 0.85 always : (abaikan|lupakan) ..3 (instruksi|perintah|sebelumnya|arahan|aturan)
    prompt_injection override_instructions 0.85 always : (bo|hay|quen) ..2 (qua|di) ..4 (huong|chi|lenh|chi thi) ..2 (dan|truoc|tren)
    """
}
