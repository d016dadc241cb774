// Made by Tools/embed-policies from policies/constitution.yaml; change that file, then run it again.

extension BuiltInConstitution {
  // swift-format-ignore
  static let text = ##"""
# The constitution of the council: who sits on the bench, what each member owns, which duties they watch over, what
# breaches a duty, how grave a breach is, and how the opinions become one verdict. Everything here is data; the program
# has no thresholds of its own.
#
# How to read a clause
#   tier          2: a named human must acknowledge the risk and own it. 3: a named human must decide.
#   by_facts      Exact rules over what the caller stated in `context`. They are looked at first.
#   by_text       Rules over what the detectors saw in the text; `at_least` is the strength from which a sign counts.
#   unless        What excuses a rule. Only a clear yes excuses; where a fact for it is missing, the rule holds and the
#                 critic names that fact.
#   cleared_by    Facts under which the text alone is no breach. A tier 3 sign as strong as
#                 `grading.text.never_cleared_from` is kept all the same: no statement silences it.
#   because       The reason as it is given to people; {words in braces} are replaced by what was found.
#   question      What the human who reviews the case must answer, in writing.
#   constraints   What the council proposes if the action is to go ahead.
#
# How a rule is answered: yes, no, or unknown because a fact is missing. A missing fact is uncertainty, not innocence.
# When a rule is unknown although a part of it is already met, the clause is in question: the critic names the facts that
# would decide it, and the verdict becomes less certain. A rule of which nothing is met raises no question.
#
# The words of a condition (there are no others)
#   all: […]   any: […]   not: …              count: […] with at_least: n    at least n of the listed conditions hold
#   {fact: F, is: V} · {fact: F, in: [V, …]}   the fact has this value, one of these values, or a value of a named list
#   {fact: F, at_least: V} · at_most · more_than · less_than                  in the order of numbers, or of `impact`
#   {fact: F, stated: true}                    the caller said something about it
#   {fact: F, empty: true}                     said, and said to be none
#   {fact: F, names_any: L}                    an entry is a term of the list; "applicant_gender" is "gender", and so is
#                                              "gender_F"
#   {fact: F, mentions_any: L}                 a term of the list occurs as words within an entry, in any inflection, and is
#                                              not denied there; "no tracking" mentions no "track"
#   {fact: F, differs_from: G}                 both are stated and they are not the same
#   {fact: F, same_as: G}                      both are stated and they are the same
#   {measure: M, …}                            a figure that the critic computes; each critic lists its own
#   {signal: D, at_least: S}                   the detector D saw something at least so strong; `what: K` narrows it to
#                                              a kind, `field: F` to a field, `times: n` asks for n of them
#
# The version of this document is the SHA-256 of its content in canonical JSON (RFC 8785): comments, layout and the order
# of keys do not change it; values and the order of lists do.

format: 1
title: Constitution of the council for machine decisions

# The order of priority: rights and dignity, autonomy, privacy, fairness, due process, truth, risk, pragmatics, and last
# the two that judge the judging. When several members deny, the first in this order gives the reason. The order ranks
# reasons; it never silences anyone.
priority:
  - human_dignity
  - voice
  - freedom_of_mind
  - self_determination
  - private_life
  - equality
  - fair_hearing
  - reasons
  - truthfulness
  - life_and_safety
  - prudence
  - proportion
  - like_cases_alike
  - humility

# What the duties rest on. In an inviolable principle a grave breach is denied, not weighed.
principles:
  human_dignity:
    title: Human dignity
    inviolable: true
    says: Every person is an end and never merely a means; nobody is degraded or treated as less than human.
  freedom_of_mind:
    title: Freedom of thought and will
    inviolable: true
    says: Nobody's will is broken or bypassed by pressure, deception or hidden instruction.
  equality:
    title: Equality before the law and freedom from discrimination
    inviolable: true
    says: Nobody is treated worse because of who they are.
  life_and_safety:
    title: Life, health and safety of the person
    inviolable: true
    says: Nothing is done or taught that endangers life, body or mind.
  self_determination:
    title: Self-determination
    inviolable: false
    says: What materially affects a person happens with that person's free and informed consent.
  voice:
    title: A say in what affects one
    inviolable: false
    says: Whoever bears the harm is heard before it is imposed.
  private_life:
    title: Private life and personal data
    inviolable: false
    says: What is private is inferred, linked, kept and disclosed only with a right to do so, and for the purpose given.
  fair_hearing:
    title: Effective remedy and fair hearing
    inviolable: false
    says: An adverse decision can be contested before somebody who is accountable for it and able to change it.
  reasons:
    title: Reasons and records
    inviolable: false
    says: A decision can be explained to the person concerned and reconstructed by others.
  truthfulness:
    title: Truthfulness
    inviolable: false
    says: What is asserted rests on evidence, agrees with itself, and claims no more certainty than it has.
  prudence:
    title: Prudence
    inviolable: false
    says: What cannot be undone, or spreads, is done only when somebody has looked, can stop it, and can go back.
  proportion:
    title: Proportion
    inviolable: false
    says: Means fit their end, within the time, money and resources there are.
  like_cases_alike:
    title: Like cases alike
    inviolable: false
    says: Similar cases are decided similarly, and a new rule is made only by those who may make rules.
  humility:
    title: Knowing one's limits
    inviolable: false
    says: Where the council does not know enough, it says so and hands the decision to people.

# How a breach is weighed. Severity runs from 0 (nothing) to 3 (as grave as it gets).
grading:
  # A concern of this severity or more asks for the human act of its clause's tier.
  escalates_from: 1.5
  # A concern of this severity or more is repeated in the dissent word for word, whatever the verdict.
  dissent_from: 1
  # A rule met by facts is as severe as the rule says, and this sure, unless the rule says otherwise.
  facts:
    confidence: 0.95
  # A rule met by text grows from `from` at its threshold to `to` at strength 1, and is as sure as the sign is strong. A clause
  # that fires asks for its human, so `from` is not below `escalates_from`.
  text:
    tier_2: {from: 1.5, to: 1.9}
    tier_3: {from: 1.5, to: 2.8}
    never_cleared_from: 0.85
    # Signs below their threshold are remembered as a shade of severity, in proportion, and raise no concern.
    below_threshold: 0.9
  # Added to the severity of a concern. Facts can aggravate much and excuse little, because whoever asks states them.
  impact: {none: -0.2, low: -0.1, moderate: 0, high: 0.2, critical: 0.4}
  vulnerable_groups: 0.2
  irreversible: 0.1
  affected_persons:
    - {at_least: 100, adds: 0.1}
    - {at_least: 10000, adds: 0.2}
    - {at_least: 1000000, adds: 0.3}
  at_most: 0.7
  # How sure a critic is that there is nothing: less with each fact that a clause in question did not get.
  nothing_found: {confidence: 0.6, per_missing_fact: 0.05, at_least: 0.3}

# How opinions become one verdict. For a critic with severity s, confidence q, weight w, precedent alignment a (−1 … 1)
# and the council's uncertainty u (0 … 1):
#   s'  = s·(1 + contradicted·|a|) if a < 0, else s·(1 − supported·a), but a severity ≥ `kept_from` never falls below it
#   s'' = min(severity_most, s'·(1 + uncertain·u))          score = Σ w·q·s'' / Σ w·q
aggregation:
  contradicted: 0.5
  supported: 0.3
  kept_from: 2
  uncertain: 0.5
  severity_most: 3
  # With less than this share of the members asked having judged, a human decides.
  quorum: 0.5
  # Deny: a critic this severe and this sure, in an inviolable principle.
  deny: {severity: 2.5, confidence: 0.5}
  # Else escalate: any tier 3 escalation; or a severity this high anywhere; or both this uncertain and this high a score.
  escalate: {severity: 2, uncertainty: 0.6, score: 1}
  # Else allow with constraints: any tier 2 escalation; or this score; or any concern this severe.
  constrain: {score: 1, concern: 1.5}
  # Else allow.
  weights: {least: 0.1, most: 10}

# Uncertainty is what is not known (epistemic), what the members disagree about (aleatoric), and what earlier cases
# disagree about (precedent): 1 − Π(1 − part).
uncertainty:
  missing_fact: {each: 0.06, at_most: 0.45}
  abstention: {each: 0.12, required: 0.3, at_most: 0.6}
  # Times how unlike anything known the text is, 0 … 1.
  novelty: 0.6
  # Times how far the gravest opinion stands from the rest of the council, as a share of the greatest severity.
  disagreement: 0.5
  # Times how evenly similar cases were decided in opposite ways.
  precedent_conflict: 0.6

# How long a review may wait before it expires to a halt, and how many different people must answer.
reviews:
  acknowledgment: {within_hours: 24, people: 1}
  determination: {within_hours: 72, people: 1}

# Earlier cases: how similar one must be to be consulted, how many are, and how long one lives unless renewed.
precedents: {least_similarity: 0.35, consulted_at_most: 5, lifetime_days: 365}

permits: {valid_seconds: 300}

# Words that may stand beside a term in the name of a feature or a category without changing what it names:
# "applicant_gender", "is_pregnant", "age_band", "race_white".
neutral_words:
  [applicant, candidate, customer, client, patient, user, person, persons, people, employee, worker, student, tenant,
   borrower, claimant, defendant, suspect, subject, citizen, resident, member, individual, owner, his, her, their, the,
   of, is, has, was, in, at, group, band, bucket, bracket, category, class, code, flag, encoded, onehot, one, hot, id,
   status, value, type, feature, attribute, field, col, column, var, data, info, information, record, records, detail,
   details, years, male, female, man, woman, other, unknown, score, raw, norm, normalized, normalised, derived, "yes",
   "no", "true", "false", none, missing, nan, dummy, indicator, white, black, asian, hispanic, latino, latina, caucasian,
   african, american, native, pacific, islander, mixed, minority, majority, foreign, domestic, christian, muslim, jewish,
   hindu, buddhist, sikh, catholic, protestant, orthodox, atheist, single, married, divorced, widowed, separated,
   partnered, gay, lesbian, bisexual, straight, heterosexual, homosexual, trans, nonbinary, diverse, young, old, older]

# Named lists of terms, for conditions.
lists:
  protected_attributes:
    [race, ethnicity, ethnic origin, ethnic group, colour, color, skin colour, skin color, skin tone, sex, gender,
     gender identity, sexual orientation, sexuality, religion, faith, belief, political opinion, political affiliation,
     nationality, national origin, citizenship, social origin, caste, tribe, birth, age, date of birth, birth date,
     birth year, year of birth, disability, disabled, marital status, family status, civil status, pregnancy, pregnant,
     maternity, parental status, language, mother tongue, native language, genetic data, hiv status, health status,
     immigration status, indigenous status, trade union membership, union membership, transgender, foreign worker,
     female, male, woman, man, muslim, christian, jewish, hindu, buddhist, sikh, catholic, protestant, gay, lesbian,
     bisexual, homosexual, hispanic, latino, latina, african american, caucasian, is black, is white, is asian, is foreign,
     is married, is single, is divorced, foreigner, immigrant, refugee, ethnic minority, elderly, over 40, over 50, over 60,
     over 65, under 25, under 18]
  proxies:
    [zip, zip code, zipcode, postcode, postal code, neighbourhood, neighborhood, district, borough, residential area,
     surname, last name, family name, first name, given name, full name, birthplace, place of birth, country of birth,
     country of origin, accent, photo, profile photo, face image, school, school name, university name, alma mater,
     employment gap, career gap, parental leave, part time history, arrest record, arrests, number of children,
     children, spouse income, commute distance, dietary preference, hobbies, club membership, languages spoken, height]
  sensitive_data:
    [health, health data, medical, medical record, medical records, medical history, diagnosis, diagnoses, medication,
     prescriptions, mental health, disability, genetic, genetic data, dna, genome, biometric, biometrics,
     biometric data, face, facial image, fingerprint, fingerprints, voiceprint, iris, gait, sexual orientation,
     sexuality, sex life, gender identity, religion, religious belief, belief, political opinion, political opinions,
     political affiliation, trade union membership, union membership, ethnicity, ethnic origin, race, criminal record,
     criminal records, convictions, immigration status, hiv, hiv status, pregnancy, reproductive health, emotion,
     emotions, children, minors]
  identifying_data:
    [name, full name, email, e mail, email address, phone, phone number, address, home address, ssn,
     social security number, national id, national insurance number, passport, passport number, driving licence,
     tax id, device id, advertising id, cookie, cookie id, ip, ip address, mac address, imei, location,
     location history, precise location, gps, licence plate, license plate, account number, bank account, iban,
     credit card, card number, face, facial image, fingerprint, biometric, biometrics, voiceprint, browsing history,
     call records, contacts, username, identity, identifiers]
  lasting_or_linked:
    [track, tracking, monitor, monitoring, surveillance, surveil, profile, profiling, fingerprinting, link, linking,
     linkage, match, matching, cross reference, join, enrich, enrichment, re identify, reidentify, re identification,
     watchlist, dossier, retain indefinitely, keep forever, permanent record, identity graph, follow]
  outside_destinations:
    [public, internet, third party, third parties, external, partner, vendor, broker, data broker, advertiser,
     advertisers, pastebin, social media, press, website, webhook, gist, unknown, employer, insurer, family, competitor]
  using_people:
    [experiment, experiments, a b test, ab test, trial, trials, test subjects, training data, model training, train,
     engagement, retention, advertising, advertisement, ads, marketing, monetisation, monetization, resale, profit,
     growth, conversion, upsell, publicity, deterrent, leverage, bait, organ, surrogacy, labour, labor]
  pressing_people:
    [pressure, pressuring, coerce, coercion, force, threaten, threat, manipulate, manipulation, nudge, nudging,
     dark pattern, dark patterns, addict, addictive, exploit, exploitation, trick, deceive, deception, hide, conceal,
     confirmshaming, guilt, intimidate, blackmail, persuade secretly, covertly, subliminal, scare, urgency]
  degrading:
    [humiliate, humiliation, degrade, degrading, degradation, shame, shaming, stigma, stigmatise, stigmatize,
     dehumanise, dehumanize, ridicule, mock, public exposure, name and shame, brand, branding, strip search, subhuman,
     caste out, ostracise, ostracize, social score, social scoring]
  bodily_harm:
    [death, deaths, fatality, fatalities, kill, killed, die, dying, injury, injuries, injured, bodily harm, disability,
     disfigurement, poisoning, overdose, suicide, self harm, trauma, psychological harm, blindness, infection,
     contamination, explosion, fire, radiation, suffocation, amputation, miscarriage, sterilisation, sterilization]
  lost_agency:
    [deportation, eviction, imprisonment, detention, sterilisation, sterilization, termination of parental rights,
     loss of custody, loss of citizenship, loss of legal capacity, guardianship, lifetime ban, permanent ban,
     account deletion, account closure, permanent exclusion, loss of benefits, loss of licence, loss of license,
     loss of vote, disenfranchisement, irrevocable, cannot opt out, no way back, death, amputation, commitment]
  large_scale:
    [outage, blackout, data loss, pollution, spill, contamination, deforestation, extinction, flood, collapse,
     market crash, bank run, pandemic, epidemic, disinformation, election, mass layoff, death, deaths, ecosystem,
     infrastructure failure, system failure]
  decisive_domains:
    [employment, hiring, recruitment, promotion, dismissal, credit, lending, loans, loan, mortgage, insurance, housing,
     tenancy, education, admission, admissions, exams, grading, healthcare, health care, health, medical, triage, justice,
     criminal justice, sentencing, parole, policing, law enforcement, immigration, border, asylum, visa, benefits,
     social security, welfare, public services, public benefits, child welfare, elections, moderation, account suspension]
  bodily_domains:
    [healthcare, health care, health, medical, medicine, clinical, pharmacy, triage, surgery, weapons, military, nuclear,
     chemical, biosecurity, aviation, automotive, driving, rail, industrial control, energy, mental health, crisis,
     child welfare, food safety, construction, mining]
  live_operations:
    [infrastructure, operations, devops, production, database, deployment, network, cloud, payments, trading, energy,
     power grid, industrial control, telecommunications, sre, it operations]
  measured_in_time_or_capacity:
    [second, seconds, minute, minutes, hour, hours, day, days, week, weeks, month, months, person days, person hours,
     fte, gb, tb, mb, cpu, cpu hours, gpu, gpu hours, cores, requests, tokens, calls, kwh, mwh, slots, seats, beds, units]
  rule_making:
    [policy, policy change, rule, rules, new rule, guideline, guidelines, standard, precedent, default, doctrine,
     general rule, threshold change, eligibility criteria, terms of service]

# The bench. `owns` and `leaves` are each member's charter. `measures` are the figures a member computes itself.
critics:
  rights:
    title: Rights and dignity
    principle: human_dignity
    owns: >-
      Whether anyone is used merely as a means, degraded or spoken of as less than human, or made to bear harm without
      being heard.
    leaves:
      fairness: unequal treatment of groups
      autonomy: consent and manipulation
      risk: danger to life and health
      due_process: the means of redress
    weight: 1.0
    required: true
    deadline_ms: 20
    clauses:
      D1:
        title: Instrumentalisation
        tier: 2
        principle: human_dignity
        articles: [UDHR 1, UDHR 4, ECHR 4, ICCPR 7, ICCPR 8]
        by_facts:
          - when:
              all:
                - {fact: purpose, mentions_any: using_people}
                - {fact: consent, in: [refused, absent]}
            severity: 1.7
            because: people are used for "{purpose}" and consent is {consent}
        by_text:
          - when: {signal: instrumentalisation, at_least: 0.68}
            because: people are treated as a means to an end ({signals})
        cleared_by: {fact: consent, is: given}
        question: Would the persons concerned, fully informed, recognise their own ends in this use of them?
        constraints:
          - Ask the persons concerned for consent to this use, and leave out those who do not give it.
          - Give those who take part a benefit of their own and a way to leave at any time.
      D2:
        title: Degrading or dehumanising outcome
        tier: 3
        principle: human_dignity
        articles: [UDHR 1, UDHR 5, ECHR 3, ICCPR 7, ICCPR 10, ICCPR 20]
        by_facts:
          - when:
              any:
                - {fact: purpose, mentions_any: degrading}
                - {fact: irreversible_effects, mentions_any: degrading}
            unless: {fact: affected_persons, is: 0}
            severity: 2.3
            because: what is aimed at or results degrades people ({matched})
        by_text:
          - when: {signal: dehumanisation, at_least: 0.5}
            because: the text degrades or dehumanises people ({signals})
          - when:
              all:
                - {signal: discrimination, at_least: 0.6}
                - {signal: dehumanisation, at_least: 0.35}
            because: contempt for a group is joined with degrading words ({signals})
          - when:
              any:
                - {signal: discrimination, at_least: 0.6}
                - {signal: psychological_harm, at_least: 0.6}
            severity: {from: 1.5, to: 2.6}
            because: people are reviled or abused ({signals})
        question: Does this humiliate, stigmatise or dehumanise a person or a group, whatever end it serves?
        constraints:
          - Remove the degrading wording or measure; state only what the purpose strictly needs.
      D3:
        title: Harm without voice
        tier: 2
        principle: voice
        articles: [UDHR 7, UDHR 12, UDHR 21, ECHR 13, ICCPR 25]
        by_facts:
          - when:
              all:
                - {fact: impact, at_least: high}
                - {fact: contestable, is: false}
                - {fact: consent, in: [refused, absent]}
            severity: 1.7
            because: harm of {impact} impact is imposed on people who neither consented ({consent}) nor can contest it
          - when:
              all:
                - {fact: vulnerable_groups, stated: true}
                - {fact: vulnerable_groups, empty: false}
                - {fact: impact, at_least: moderate}
                - {fact: consent, in: [refused, absent]}
            severity: 1.6
            because: people who are hard to hear ({vulnerable_groups}) bear a {impact} impact and consent is {consent}
        by_text:
          - when: {signal: voicelessness, at_least: 0.7}
            because: those who bear the harm are given no say ({signals})
          - when: {signal: procedural_unfairness, what: no_hearing, at_least: 0.7}
            because: people are denied a hearing ({signals})
        cleared_by:
          all:
            - {fact: consent, is: given}
            - {fact: contestable, is: true}
        question: Who bears the harm, and how were they heard before it was imposed?
        constraints:
          - Hear the persons concerned, or somebody who speaks for them, before acting.

  autonomy:
    title: Autonomy
    principle: freedom_of_mind
    owns: >-
      Whether people consent to what materially affects them, whether their will (or the will of a system that acts for
      them) is bent by pressure, deception or hidden instruction, and whether they keep a way back.
    leaves:
      privacy: use of data against its purpose
      truth: false statements that press nobody
      risk: technical irreversibility
    weight: 1.0
    required: true
    deadline_ms: 20
    clauses:
      A1:
        title: Consent failure
        tier: 2
        principle: self_determination
        articles: [UDHR 3, UDHR 12, ECHR 8, ICCPR 7, ICCPR 17]
        by_facts:
          - when:
              all:
                - {fact: consent, is: refused}
                - any:
                    - {fact: impact, at_least: moderate}
                    - all: [{fact: impact, stated: false}, {fact: domain, in: decisive_domains}]
            severity: 1.9
            because: the person refused, and the effect is material (impact {impact}, domain {domain})
          - when:
              all:
                - {fact: consent, is: absent}
                - any:
                    - {fact: impact, at_least: moderate}
                    - all: [{fact: impact, stated: false}, {fact: domain, in: decisive_domains}]
            severity: 1.6
            because: nobody asked the person, and the effect is material (impact {impact}, domain {domain})
        by_text:
          - when: {signal: consent_bypass, at_least: 0.7}
            because: something is done to people without or against their consent ({signals})
        cleared_by: {fact: consent, in: [given, not_required]}
        question: Did the person concerned agree to this, freely and knowing what it means?
        constraints:
          - Obtain and record the consent of the person concerned first.
          - Offer a refusal that costs the person nothing.
      A2:
        title: Coercion or manipulation
        tier: 3
        principle: freedom_of_mind
        articles: [UDHR 1, UDHR 18, UDHR 19, ECHR 9, ECHR 10, ICCPR 18, ICCPR 19]
        by_facts:
          - when: {fact: purpose, mentions_any: pressing_people}
            unless: {fact: affected_persons, is: 0}
            severity: 2.1
            because: the stated purpose is to press, trick or manipulate people ("{purpose}")
        by_text:
          - when: {signal: prompt_injection, at_least: 0.5}
            because: the text tries to take over the system that reads it ({signals})
          - when: {signal: coercion, at_least: 0.5}
            because: the text puts people under pressure ({signals})
          - when: {signal: deception, at_least: 0.6}
            because: the text sets out to deceive ({signals})
          - when: {signal: dark_pattern, at_least: 0.7}
            because: the choice is rigged against the person who makes it ({signals})
          - when:
              all:
                - {signal: time_pressure, at_least: 0.6}
                - any:
                    - {signal: coercion, at_least: 0.35}
                    - {signal: deception, at_least: 0.35}
            because: haste is used as a lever ({signals})
        question: Would the person still choose this if the pressure, the deception or the hidden instruction were gone?
        constraints:
          - Strip instructions that arrive inside data, and act only on those of the person served.
          - Remove pressure and misleading wording; present the choice with its alternatives and costs.
      A3:
        title: Irreversible loss of agency
        tier: 3
        principle: freedom_of_mind
        articles: [UDHR 3, UDHR 6, UDHR 13, ECHR 5, ICCPR 9, ICCPR 16]
        by_facts:
          - when: {fact: irreversible_effects, mentions_any: lost_agency}
            severity: 2.2
            because: a person loses agency for good ({matched})
          - when:
              all:
                - {fact: reversible, is: false}
                - {fact: impact, at_least: high}
                - {fact: consent, in: [refused, absent]}
            severity: 2.1
            because: the effect on the person is {impact}, cannot be undone, and consent is {consent}
        by_text:
          - when: {signal: irreversible_action, what: agency, at_least: 0.55}
            because: people are to lose a choice for good ({signals})
        question: What way back does the person keep, and who guarantees it?
        constraints:
          - Make the measure temporary, with a date of review and a way to have it lifted.

  privacy:
    title: Privacy
    principle: private_life
    owns: >-
      What is inferred, disclosed, linked, kept and reused about people: sensitive attributes, identifiers, secrets,
      tracking, and data used for another purpose than it was collected for.
    leaves:
      fairness: unequal outcomes drawn from the data
      risk: harm that a disclosure does to body or mind
    weight: 1.0
    required: true
    deadline_ms: 20
    clauses:
      P1:
        title: Inference of sensitive attributes
        tier: 3
        principle: private_life
        articles: [UDHR 12, ECHR 8, ICCPR 17]
        by_facts:
          - when:
              all:
                - {fact: data_categories, names_any: sensitive_data}
                - {fact: consent, in: [refused, absent]}
            severity: 2.2
            because: sensitive data are used ({matched}) and consent is {consent}
          - when:
              all:
                - {fact: data_categories, names_any: sensitive_data}
                - {fact: purpose, differs_from: collected_for}
            unless: {fact: consent, is: given}
            severity: 2.2
            because: sensitive data ({matched}) collected for "{collected_for}" are used for "{purpose}"
        by_text:
          - when: {signal: sensitive_inference, at_least: 0.5}
            because: something sensitive about a person is inferred or disclosed ({signals})
        cleared_by: {fact: consent, is: given}
        question: By what right is this sensitive attribute inferred or used, and would less do?
        constraints:
          - Leave out the sensitive attribute and anything derived from it.
          - Ask for explicit consent to this use of sensitive data.
      P2:
        title: Persistent or linked identity
        tier: 3
        principle: private_life
        articles: [UDHR 12, ECHR 8, ICCPR 17]
        by_facts:
          - when:
              all:
                - {fact: data_categories, names_any: identifying_data}
                - {fact: purpose, mentions_any: lasting_or_linked}
            unless: {fact: consent, in: [given, not_required]}
            severity: 2.1
            because: people are made lastingly identifiable or linked ({matched}, "{purpose}") without consent
          - when:
              all:
                - {fact: data_categories, names_any: identifying_data}
                - {fact: destination, mentions_any: outside_destinations}
            unless: {fact: consent, in: [given, not_required]}
            severity: 2.1
            because: identifying data go to "{destination}" without consent
        by_text:
          - when: {signal: secrets, at_least: 0.6}
            because: a secret is disclosed ({signals})
          - when: {signal: identity_tracking, at_least: 0.6}
            because: people are tracked, unmasked or linked across contexts ({signals})
          # An identifier that by itself opens an account or a file; names, addresses and numbers to call only together.
          - when:
              signal: privacy_identifiers
              what:
                [social_security_number, card_number, iban, bank_account, bank_routing_number, passport_number,
                 driving_licence, health_record_number, nhs_number, medicare_number, medicare_beneficiary,
                 national_insurance_number, aadhaar, argentine_cuit, australian_tfn, baltic_personal_code,
                 belgian_national_number, brazilian_cpf, bulgarian_egn, canadian_sin, chilean_rut, chinese_resident_id,
                 codice_fiscale, croatian_oib, curp, czech_birth_number, danish_cpr, dutch_bsn, finnish_hetu, french_nir,
                 german_tax_number, hong_kong_id, indian_pan, irish_pps, israeli_id, japanese_my_number, korean_rrn,
                 norwegian_fnr, polish_pesel, portuguese_nif, romanian_cnp, south_african_id, spanish_dni, spanish_nie,
                 swedish_personnummer, swiss_ahv, taiwanese_id, thai_id, turkish_tc]
              at_least: 0.7
            severity: {from: 1.5, to: 2.4}
            because: identifiers that point to one person are disclosed ({signals})
          - when: {signal: privacy_identifiers, at_least: 0.6, times: 4}
            severity: {from: 1.5, to: 2.2}
            because: several identifiers together point to one person ({signals})
          # A name or an address alone is noted; what is at stake may make it more.
          - when: {signal: privacy_identifiers, at_least: 0.6}
            severity: {from: 1.0, to: 1.4}
            because: identifiers of persons occur ({signals})
        question: Who will be able to recognise, follow or impersonate the person after this, and for how long?
        constraints:
          - Mask the identifiers and revoke the secrets that were found before anything is stored or sent.
          - Set a date on which the link or the record is deleted.
      P3:
        title: Context collapse
        tier: 2
        principle: private_life
        articles: [UDHR 12, ECHR 8, ICCPR 17]
        by_facts:
          - when: {fact: purpose, differs_from: collected_for}
            unless: {fact: consent, is: given}
            severity: 1.6
            because: data collected for "{collected_for}" are used for "{purpose}"
          # Where data about people are used, what they were collected for decides.
          - when:
              all:
                - {fact: data_categories, stated: true}
                - {fact: data_categories, empty: false}
                - {fact: purpose, differs_from: collected_for}
            unless: {fact: consent, is: given}
            severity: 1.6
            because: data collected for "{collected_for}" are used for "{purpose}"
        by_text:
          - when: {signal: purpose_drift, at_least: 0.7}
            because: data are carried from one context into another ({signals})
        cleared_by: {fact: purpose, same_as: collected_for}
        question: Would the people whose data these are expect this use?
        constraints:
          - Use the data only for the purpose they were collected for, or ask again.

  fairness:
    title: Fairness
    principle: equality
    owns: >-
      Whether people are treated worse because of a protected characteristic: directly, through stand-ins, by stereotype,
      or as measured in outcomes; and whether different treatment is explained.
    leaves:
      rights: degrading words
      due_process: the means of redress
      truth: the truth of claims about groups
    weight: 1.0
    required: true
    deadline_ms: 20
    measures: >-
      From `group_outcomes`: impact_ratio (selection rate of the worst-off group divided by the best-treated group's),
      disparity_p (its p-value against the best-treated group, by the two-proportion z-test or, under small counts, by
      Fisher's exact test, corrected for the number of groups by Holm's method), unequal_p (the smallest such p-value of
      all groups), incomparable (1 where outcomes are stated but too few). The worst-off group is the one with the lowest
      rate among those whose difference is beyond chance; where chance may explain them all, the one with the lowest rate.
    # Four fifths: 29 CFR 1607.4 D. Below `exact_below` expected persons in a cell, Fisher's exact test is used.
    statistics: {four_fifths: 0.8, significance: 0.05, exact_below: 5, smallest_group: 5}
    clauses:
      F1:
        title: Protected-class impact
        tier: 3
        principle: equality
        articles: [UDHR 2, UDHR 7, ECHR 14, ICCPR 2, ICCPR 26]
        by_facts:
          - when: {fact: features_used, names_any: protected_attributes}
            severity: 2.3
            because: a protected attribute decides ({matched})
          - when:
              all:
                - {measure: impact_ratio, less_than: 0.5}
                - {measure: disparity_p, less_than: 0.05}
            severity: 2.5
            because: "{figures}"
          - when:
              all:
                - {measure: impact_ratio, less_than: 0.8}
                - {measure: disparity_p, less_than: 0.05}
            severity: 2.2
            because: "{figures}"
          # Outcomes too few to compare put the clause in question.
          - when:
              all:
                - {measure: incomparable, at_least: 1}
                - {measure: impact_ratio, less_than: 0.8}
            severity: 2.2
            because: "{figures}"
          - when:
              all:
                - {fact: domain, stated: true}
                - {fact: domain, in: decisive_domains}
                - {fact: impact, at_least: high}
                - {fact: features_used, names_any: protected_attributes}
            severity: 2.4
            because: in {domain}, a protected attribute decides ({matched})
        by_text:
          - when: {signal: discrimination, at_least: 0.5}
            because: people are treated worse for who they are ({signals})
          - when: {signal: disparate_treatment, what: protected, at_least: 0.5}
            because: a protected group is to be treated differently ({signals})
        question: Is there a lawful and necessary reason for this difference that a member of the group would accept?
        constraints:
          - Take the protected attribute out of the decision, and measure the outcomes again.
          - Have the disparity examined and its cause removed before the next decision.
      F2:
        title: Structural bias
        tier: 2
        principle: equality
        articles: [UDHR 2, UDHR 7, ECHR 14, ICCPR 26]
        by_facts:
          - when: {fact: features_used, names_any: proxies}
            unless: {fact: impact, at_most: low}
            severity: 1.6
            because: stand-ins for protected attributes are used ({matched})
        by_text:
          - when: {signal: stereotype, at_least: 0.75}
            because: a stereotype stands in for knowledge of the person ({signals})
          - when: {signal: disparate_treatment, what: proxy, at_least: 0.68}
            because: a stand-in for a protected attribute decides ({signals})
        question: What does this feature or generalisation stand for, and would the decision hold without it?
        constraints:
          - Drop the stand-in, or show that it predicts within each group as well as across groups.
      F3:
        title: Opaque differential treatment
        tier: 2
        principle: equality
        articles: [UDHR 7, ECHR 14, ICCPR 26]
        by_facts:
          - when:
              all:
                - {measure: impact_ratio, less_than: 0.8}
                - {measure: disparity_p, at_least: 0.05}
            unless: {fact: explanation_available, is: true}
            severity: 1.5
            because: "{figures}"
          - when:
              all:
                - {measure: impact_ratio, at_least: 0.8}
                - {measure: unequal_p, less_than: 0.05}
            unless: {fact: explanation_available, is: true}
            severity: 1.5
            because: "{figures}"
          - when:
              all:
                - {fact: features_used, stated: true}
                - {fact: features_used, empty: true}
                - {fact: domain, in: decisive_domains}
                - {fact: explanation_available, is: false}
            severity: 1.6
            because: in {domain}, people are told apart by nothing that is stated or explained
        by_text:
          - when: {signal: disparate_treatment, at_least: 0.6}
            because: people are treated differently without a stated reason ({signals})
        cleared_by: {fact: explanation_available, is: true}
        question: Can the difference be explained to the person who fares worse, in words that person can check?
        constraints:
          - State the reason for the difference, and give it to those concerned.

  due_process:
    title: Due process
    principle: fair_hearing
    owns: >-
      Whether an adverse decision can be contested, who answers for it, and whether it can be reconstructed and explained.
    leaves:
      fairness: whether the decision is equal
      truth: whether the decision is true
      pragmatics: whether the decision is worth its cost
    weight: 1.0
    required: true
    deadline_ms: 20
    clauses:
      DP1:
        title: No contestability
        tier: 3
        principle: fair_hearing
        articles: [UDHR 8, UDHR 10, ECHR 6, ECHR 13, ICCPR 2, ICCPR 14]
        by_facts:
          - when:
              all:
                - {fact: contestable, is: false}
                - any:
                    - {fact: impact, at_least: moderate}
                    - all: [{fact: impact, stated: false}, {fact: domain, in: decisive_domains}]
            severity: 2.1
            because: a decision that weighs on people (impact {impact}, domain {domain}) cannot be contested
          - when:
              all:
                - {fact: appeal_channel, stated: true}
                - {fact: appeal_channel, empty: true}
                - {fact: impact, at_least: high}
            unless: {fact: contestable, is: true}
            severity: 2.0
            because: a decision of {impact} impact names no channel of appeal
        by_text:
          - when: {signal: procedural_unfairness, what: no_appeal, at_least: 0.5}
            because: people are left without appeal ({signals})
          - when: {signal: procedural_unfairness, what: prejudged, at_least: 0.55}
            because: the outcome is fixed before anyone is heard ({signals})
        cleared_by:
          all:
            - {fact: contestable, is: true}
            - {fact: appeal_channel, empty: false}
        question: Before whom, by when and how can the person concerned contest this, and can it still be changed then?
        constraints:
          - Name a channel of appeal in the decision itself, and suspend its effect until the appeal is decided.
      DP2:
        title: No attribution
        tier: 3
        principle: fair_hearing
        articles: [UDHR 8, ECHR 13, ICCPR 2]
        by_facts:
          - when:
              all:
                - {fact: accountable, empty: true}
                - any:
                    - {fact: impact, at_least: moderate}
                    - all: [{fact: impact, stated: false}, {fact: domain, in: decisive_domains}]
            severity: 2.0
            because: nobody is accountable for a decision that weighs on people (impact {impact}, domain {domain})
        by_text:
          - when: {signal: procedural_unfairness, what: no_accountability, at_least: 0.5}
            because: responsibility is denied or hidden ({signals})
        cleared_by: {fact: accountable, empty: false}
        question: Which person, by name and role, answers for this decision?
        constraints:
          - Name the person who answers for the decision, and tell those concerned.
      DP3:
        title: Unreviewable automation
        tier: 2
        principle: reasons
        articles: [UDHR 10, ECHR 6, ICCPR 14]
        by_facts:
          - when:
              all:
                - {fact: explanation_available, is: false}
                - any:
                    - {fact: impact, at_least: moderate}
                    - all: [{fact: impact, stated: false}, {fact: domain, in: decisive_domains}]
            severity: 1.6
            because: a decision that weighs on people (impact {impact}, domain {domain}) cannot be explained
        by_text:
          - when: {signal: procedural_unfairness, what: unreviewable, at_least: 0.7}
            because: the decision is kept from being reconstructed or explained ({signals})
          - when: {signal: omission, at_least: 0.7}
            because: what a reviewer would need is left out on purpose ({signals})
        cleared_by: {fact: explanation_available, is: true}
        question: Could somebody who was not there reconstruct why this was decided, from the record alone?
        constraints:
          - Record the inputs, the rule applied and the reason, and give the reason to the person concerned.

  truth:
    title: Truth
    principle: truthfulness
    owns: >-
      Whether claims rest on the evidence that was given, whether the text agrees with itself and with the context, and
      whether it is only as certain as it may be.
    leaves:
      autonomy: deception that aims at somebody's will
      risk: the danger of following a false claim
    weight: 1.0
    required: false
    deadline_ms: 20
    measures: >-
      contradicted (claims that the evidence given contradicts, as the detector `contradiction` finds them; unknown where
      claims are stated and no evidence is).
    clauses:
      T1:
        title: Ungrounded claim
        tier: 2
        principle: truthfulness
        articles: [UDHR 19, ECHR 10, ICCPR 19]
        by_facts:
          - when:
              all:
                - {fact: claims, stated: true}
                - {fact: claims, empty: false}
                - {fact: evidence, empty: true}
            severity: 1.6
            because: claims are made and it is stated that there is no evidence
          - when:
              all:
                - {fact: claims, stated: true}
                - {fact: claims, empty: false}
                - {fact: evidence, stated: false}
                - {fact: impact, at_least: high}
            severity: 1.5
            because: claims of {impact} impact come with no evidence at all
        by_text:
          - when: {signal: hallucination_markers, at_least: 0.64}
            because: the text cites what cannot be checked ({signals})
          - when: {signal: evidence_grounding, what: [no_evidence, overstated, unsupported_claim, unsupported_name, unsupported_number], at_least: 0.66}
            because: the text rests on no evidence ({signals})
        question: On which evidence does each claim rest, and has somebody looked at it?
        constraints:
          - Give the source of each claim, or mark it as unverified.
      T2:
        title: Contradiction
        tier: 2
        principle: truthfulness
        articles: [UDHR 19, ECHR 10, ICCPR 19]
        by_facts:
          - when:
              all:
                - {fact: claims, stated: true}
                - {fact: claims, empty: false}
                - {measure: contradicted, at_least: 1}
            severity: 1.8
            confidence: 0.85
            because: "{figures}"
        by_text:
          - when: {signal: contradiction, at_least: 0.64}
            because: the text contradicts itself ({signals})
        question: Which of the contradicting statements is true, and what follows for the other?
        constraints:
          - Resolve the contradiction before anyone relies on the text.
      T3:
        title: False certainty
        tier: 2
        principle: truthfulness
        articles: [UDHR 19, ECHR 10, ICCPR 19]
        by_facts:
          - when:
              all:
                - {fact: confidence, at_least: 0.95}
                - {fact: evidence, empty: true}
            severity: 1.6
            because: certainty of {confidence} is claimed and there is no evidence
          - when:
              all:
                - {fact: confidence, less_than: 0.6}
                - {signal: overconfidence, at_least: 0.4}
            severity: 1.7
            because: the text is certain where the system itself is not (confidence {confidence}, {signals})
        by_text:
          - when: {signal: overconfidence, at_least: 0.7}
            because: certainty is claimed that nothing supports ({signals})
        question: How sure may one be, on this evidence, and does the text say just that?
        constraints:
          - State how certain the claim is and what would change it.

  risk:
    title: Risk
    principle: prudence
    owns: >-
      What cannot be undone, what endangers body or mind (instructions that enable harm and self-harm among them), and
      what can fail or spread in operation.
    leaves:
      autonomy: the loss of a person's choices
      pragmatics: cost and feasibility
      privacy: leaked secrets
    weight: 1.0
    required: true
    deadline_ms: 20
    clauses:
      R1:
        title: Irreversible or large-scale harm
        tier: 3
        principle: prudence
        articles: [UDHR 3, UDHR 28, ECHR 2, ICCPR 6]
        by_facts:
          - when:
              all:
                - {fact: reversible, is: false}
                - {fact: impact, at_least: high}
            severity: 2.2
            because: an effect of {impact} impact cannot be undone
          - when:
              all:
                - {fact: affected_persons, stated: true}
                - {fact: affected_persons, at_least: 10000}
                - {fact: impact, at_least: high}
            unless: {fact: rollback, is: true}
            severity: 2.1
            because: "{affected_persons} persons are affected, the impact is {impact}, and no way back is assured"
          - when: {fact: irreversible_effects, mentions_any: large_scale}
            severity: 2.1
            because: an effect that spreads or lasts is stated ({matched})
        by_text:
          - when: {signal: irreversible_action, at_least: 0.7}
            because: something is to be done that cannot be undone ({signals})
          - when: {signal: environmental_impact, at_least: 0.75}
            because: lasting damage to the environment is in sight ({signals})
          - when: {signal: cascading_failure, at_least: 0.8}
            because: a failure would spread widely ({signals})
        cleared_by:
          all:
            - {fact: reversible, is: true}
            - {fact: impact, at_most: moderate}
        question: If this turns out wrong, what remains that nobody can repair, and who has accepted that?
        constraints:
          - Split the action so that each step can be undone, and try it first where little is at stake.
          - Wait for a second person's confirmation before the step that cannot be undone.
      R2:
        title: Physical or psychological danger
        tier: 3
        principle: life_and_safety
        articles: [UDHR 3, UDHR 25, ECHR 2, ECHR 3, ICCPR 6, ICCPR 7]
        by_facts:
          - when: {fact: irreversible_effects, mentions_any: bodily_harm}
            severity: 2.4
            because: harm to body or mind is among the stated effects ({matched})
          - when:
              all:
                - {fact: domain, stated: true}
                - {fact: domain, in: bodily_domains}
                - {fact: impact, at_least: high}
                - {fact: reversible, is: false}
            severity: 2.3
            because: in {domain}, an effect of {impact} impact on people cannot be undone
        by_text:
          - when: {signal: physical_danger, at_least: 0.5}
            because: the text endangers or enables harm to people ({signals})
          - when: {signal: self_harm, at_least: 0.5}
            because: somebody may be about to harm themselves ({signals})
          - when: {signal: psychological_harm, at_least: 0.55}
            because: the text hurts or breaks people ({signals})
        question: Who could be hurt by this, how badly, and what stands between them and the harm?
        constraints:
          - Withhold the instructions that enable the harm.
          - Point the person to help that is at hand, and have a trained person take over.
      R3:
        title: Operational or cascading failure
        tier: 2
        principle: prudence
        articles: [UDHR 28]
        by_facts:
          - when:
              all:
                - {fact: environment, stated: true}
                - {fact: environment, is: production}
                - {fact: rollback, is: false}
                - {fact: impact, at_least: moderate}
            severity: 1.8
            because: production is changed with {impact} impact and no way to roll back
          - when:
              all:
                - {fact: environment, is: production}
                - {signal: destructive_command, at_least: 0.5}
            severity: 2.1
            because: a destructive command is aimed at production ({signals})
        by_text:
          - when: {signal: destructive_command, at_least: 0.5}
            severity: {from: 1.5, to: 2.3}
            because: the command destroys data or systems ({signals})
          - when: {signal: cascading_failure, at_least: 0.78}
            because: a failure here would carry others with it ({signals})
          - when: {signal: operational_risk, at_least: 0.68}
            because: the operation runs without its safeguards ({signals})
        cleared_by:
          all:
            - {fact: environment, in: [dev, staging]}
            - {fact: rollback, is: true}
        question: What breaks if this fails half-way, who notices, and how is it rolled back?
        constraints:
          - Take a backup and rehearse the way back before running this.
          - Run it first in a dry run or on a copy, and limit what it can reach.

  pragmatics:
    title: Pragmatics
    principle: proportion
    owns: Whether what is proposed can be done, and whether it is worth what it costs, within the limits stated.
    leaves:
      rights: every question of right and wrong, since feasibility never excuses
    weight: 1.0
    required: false
    deadline_ms: 20
    measures: >-
      From `budget` and `amount`: budget_ratio (cost divided by limit), cost_to_stake (cost divided by the amount at
      stake, when both are in the same unit).
    clauses:
      G1:
        title: Infeasible
        tier: 2
        principle: proportion
        articles: [UDHR 28]
        by_facts:
          - when:
              all:
                - {fact: budget, stated: true}
                - {measure: budget_ratio, more_than: 1}
                - {fact: budget.unit, in: measured_in_time_or_capacity}
            severity: 1.6
            because: "{figures}"
          - when: {measure: budget_ratio, at_least: 2}
            severity: 1.7
            because: "{figures}"
        by_text:
          - when: {signal: feasibility, at_least: 0.68}
            because: what is asked for cannot be done as stated ({signals})
        question: With what time and means, and by whom, can this really be done?
        constraints:
          - Cut the scope to what the stated limits allow, or have the limits changed by whoever set them.
      G2:
        title: Disproportionate cost
        tier: 2
        principle: proportion
        articles: [UDHR 22]
        by_facts:
          - when:
              all:
                - {measure: budget_ratio, more_than: 1}
                - {measure: budget_ratio, less_than: 2}
            severity: 1.5
            because: "{figures}"
          - when:
              all:
                - {fact: budget, stated: true}
                - {fact: amount, stated: true}
                - {measure: cost_to_stake, more_than: 10}
            severity: 1.5
            because: "{figures}"
        by_text:
          - when: {signal: resource_burden, at_least: 0.64}
            because: the effort is out of proportion ({signals})
        question: What is gained, for whom, and is it worth this cost?
        constraints:
          - Choose the cheaper means that serves the same end, or have the cost approved.

  precedent:
    title: Precedent
    principle: like_cases_alike
    owns: Whether similar cases were decided before, whether those decisions agree, and whether a new rule is being made.
    leaves:
      rights: the substance of the case, which each member judges by itself
    weight: 1.0
    required: false
    deadline_ms: 50
    measures: >-
      From the precedents consulted: similarity (of the most similar one, 0 … 1), conflict (0 when the similar ones were
      all decided alike, 1 when they are split evenly), consulted (how many similar ones there are). When no store of
      precedents was consulted they are unknown.
    clauses:
      PR1:
        title: No precedent and high impact
        tier: 3
        principle: like_cases_alike
        articles: [UDHR 7, ICCPR 14]
        by_facts:
          - when:
              all:
                - {fact: impact, at_least: high}
                - {measure: similarity, less_than: 0.35}
            severity: 1.6
            because: the impact is {impact} and no similar case was decided before
          - when:
              all:
                - {fact: domain, stated: true}
                - {fact: domain, in: decisive_domains}
                - {fact: impact, at_least: high}
                - {measure: similarity, less_than: 0.35}
            severity: 1.7
            because: in {domain}, the impact is {impact} and no similar case was decided before
        by_text:
          - when:
              all:
                - {measure: similarity, less_than: 0.35}
                - any:
                    - {signal: irreversible_action, at_least: 0.85}
                    - {signal: cascading_failure, at_least: 0.85}
            severity: {from: 1.5, to: 1.8}
            because: the text speaks of grave effects ({signals}) and no similar case was decided before
        question: What general rule would this decision follow, if the next such case came tomorrow?
        constraints:
          - Decide this case alone, and record the reasons so that the next one can be compared.
      PR2:
        title: Conflicting precedent
        tier: 2
        principle: like_cases_alike
        articles: [UDHR 7, ICCPR 26]
        by_facts:
          - when:
              all:
                - {measure: consulted, at_least: 2}
                - {measure: conflict, at_least: 0.5}
            severity: 1.5
            because: "{figures}"
          # Where decisions weigh on people, a lesser conflict counts.
          - when:
              all:
                - {measure: consulted, at_least: 2}
                - {measure: conflict, at_least: 0.25}
                - {fact: domain, in: decisive_domains}
            severity: 1.5
            because: "{figures}"
        by_text:
          - when: {signal: new_norm, what: conflicting, at_least: 0.7}
            because: the text itself says that such cases were decided differently ({signals})
        question: Which of the conflicting earlier decisions is right, and why does this case follow it?
        constraints:
          - Say which precedent is followed, and why the other is not.
      PR3:
        title: New norm
        tier: 3
        principle: like_cases_alike
        articles: [UDHR 21, ICCPR 25]
        by_facts:
          - when:
              all:
                - any:
                    - {fact: kind, mentions_any: rule_making}
                    - {fact: tags, names_any: rule_making}
                    - {fact: purpose, mentions_any: rule_making}
                - {fact: accountable, empty: true}
            severity: 2.0
            because: a general rule is made ({matched}) and nobody is named who may make it
        by_text:
          - when: {signal: new_norm, what: rule, at_least: 0.6}
            because: the text lays down a rule for all cases to come ({signals})
        cleared_by: {fact: accountable, empty: false}
        question: Who has the authority to make this rule, and have they made it?
        constraints:
          - Decide only the case at hand; bring the rule before those who may make rules.

  uncertainty:
    title: Uncertainty
    principle: humility
    owns: >-
      Whether the council knows enough to judge: facts that a raised clause needs, silence of members, disagreement, and
      cases unlike anything it was validated on.
    leaves:
      rights: what the duties are and whether they are breached
    weight: 1.0
    required: false
    deadline_ms: 20
    measures: >-
      missing (facts that clauses raised or in question needed and did not get), raised_missing (those of them that a
      raised clause needed), novelty (how unlike anything known the text is, 0 … 1, as the detectors measure it),
      uncertainty (what is not known, 0 … 1, from missing facts, novelty and conflicting precedent).
    clauses:
      U1:
        title: Insufficient knowledge
        tier: 2
        principle: humility
        articles: [UDHR 10, ICCPR 14]
        by_facts:
          - when: {measure: raised_missing, at_least: 1}
            severity: 1.5
            because: "{figures}"
          - when:
              all:
                - {fact: impact, at_least: high}
                - {measure: missing, at_least: 2}
            severity: 1.5
            because: "{figures}"
        by_text:
          - when: {signal: evidence_grounding, what: unknown_facts, at_least: 0.72}
            because: the text itself says that what is needed is not known ({signals})
        question: Which of the missing facts would change the decision, and who can supply them?
        constraints:
          - Supply the missing facts and submit the case again.
      U2:
        title: High impact under high uncertainty
        tier: 3
        principle: humility
        articles: [UDHR 3, ICCPR 6]
        by_facts:
          - when:
              all:
                - {fact: impact, at_least: high}
                - {measure: uncertainty, at_least: 0.35}
            severity: 1.8
            because: "the impact is {impact} and {figures}"
        by_text:
          - when:
              all:
                - {measure: missing, at_least: 1}
                - any:
                    - {signal: irreversible_action, at_least: 0.8}
                    - {signal: physical_danger, at_least: 0.8}
                    - {signal: cascading_failure, at_least: 0.8}
            severity: {from: 1.5, to: 2}
            because: the text speaks of grave effects ({signals}) and {figures}
        question: Is it right to act now, knowing how little is known, or can it wait?
        constraints:
          - Wait until more is known, or act in a small and reversible step.
      U3:
        title: Outside competence
        tier: 3
        principle: humility
        articles: [UDHR 8, ICCPR 14]
        by_facts:
          - when:
              all:
                - {fact: impact, at_least: high}
                - {measure: novelty, at_least: 0.5}
            severity: 1.7
            because: "the impact is {impact} and {figures}"
          - when: {measure: novelty, at_least: 0.8}
            severity: 1.6
            because: "{figures}"
        question: Who has the competence to judge this, and have they looked at it?
        constraints:
          - Have somebody who reads this language or format judge the case.
"""##
}
