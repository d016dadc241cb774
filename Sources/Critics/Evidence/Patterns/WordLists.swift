// Words that mean something to every detector: light words that hardly count as distance, negations, words of prevention,
// of discussion and of fiction, and the words that make a number next to them an identifier.

enum WordLists {
  static let flagged: [(words: [String], flags: LexiconFlags)] = [
    (split(light), .light), (split(negators), .negator), (split(protective), .protective),
    (split(discussion), .discussion), (split(fiction), .fiction), (split(credentials), .credential),
    (split(passwords), [.credential, .password]),
    (split(identifierContext) + identifierNames, .identifierContext),
    (split(commands) + CommandRules.firstWords, .command),
    (split(clauseBreaks), .clauseBreak), (split(turning), .turning), (["why"], .question),
  ]

  private static func split(_ words: String) -> [String] {
    words.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// The words that the rules of identifiers ask for.
  private static var identifierNames: [String] {
    NationalIdentifiers.rules.flatMap(\.words) + LetteredIdentifiers.rules.flatMap(\.words)
  }

  static let negatorSet = Set(split(negators))

  private static let light = """
    the a an this that these those my your our his her its their any all some of each every please just very really
    such own whole entire full so also then now even quite own simply kindly
    """

  private static let negators = """
    not never no dont doesnt didnt cannot cant couldnt wont wouldnt shouldnt mustnt isnt arent wasnt werent aint
    without neither nor none nobody nothing hardly rarely refrain avoid avoiding avoids
    """

  private static let protective = """
    prevent prevents prevented preventing prevention avoid avoids avoiding detect detects detecting detection protect
    protects protecting protection combat combating oppose opposes refuse refuses refused refusing prohibit prohibits
    prohibited forbid forbids forbidden ban banned unlawful stop stopping reporting reported counter defend defending
    defense defence mitigate mitigating resist condemn condemns denounce awareness warning warn warns wrong unacceptable
    """

  private static let discussion = """
    explain explains explained define definition meaning history historical historically study studies research
    researchers article essay paper book report discuss discussion debate analysis analyze analyse examine compare
    summarize summary policy policies law laws legal ethics ethical awareness education educational academic theory
    statistics documentary lecture course lesson journalist prevention detect overview describe concept difference
    """

  private static let fiction = """
    novel fiction fictional story stories character characters movie film scene screenplay script poem game roleplay
    hypothetical hypothetically imaginary imagine pretend
    """

  private static let credentials = """
    password passwords passwd passphrase pwd pass secret secrets token apikey key keys credential credentials auth
    authorization bearer pin passcode userpass dbpassword
    """

  private static let passwords =
    "password passwords passwd passphrase pwd pass userpass dbpassword passcode secret secrets"

  private static let identifierContext = """
    ssn social security passport license licence driver drivers iban account routing sort swift bic card credit debit
    visa mastercard amex cvv medicare nhs mrn patient medical record insurance national identity identification tax
    taxpayer tin itin ein vat nino insee nir dni nie bsn cpf cnpj aadhaar aadhar pan sin abn tfn nric personnummer pesel
    codice fiscale steuer steueridentifikationsnummer phone telephone tel mobile cell fax call contact whatsapp ip
    address latitude longitude lat lon lng coordinates gps location born birth dob birthday birthdate npi dea policy
    member id number plate vin imei health bank wallet bitcoin btc ethereum curp rut egn oib cnp ahv avs fnr hetu order invoice ticket tracking
    """

  private static let commands = """
    rm rmdir dd mkfs shred wipefs fdisk parted sgdisk blkdiscard truncate unlink find git kubectl helm terraform tofu
    pulumi aws gcloud gsutil az doctl docker podman drop delete update alter mongo mongosh redis cli psql mysql sqlite3
    chmod chown chattr mv cp rsync systemctl service shutdown reboot halt poweroff init kill pkill killall iptables ufw
    nft userdel groupdel crontab vault npm yarn pip cargo gem format diskpart del erase rd remove vssadmin wbadmin
    bcdedit wevtutil reg sc net stop powershell cipher lvremove vgremove pvremove zpool zfs mdadm cryptsetup swapoff
    curl wget nc ncat netcat bash sh history echo cat etcdctl nats circleci consul nomad ansible vagrant virsh qm pct heroku
    flyctl fly vercel netlify wrangler firebase supabase flushall flushdb dropdb dropuser purge restic borg velero
    rabbitmqctl kafka topics gh glab hub doppler op bq clickhouse influx elasticsearch cassandra cqlsh nodetool ceph
    base64 eval source rake rails php prisma python python3 xxd openssl rmtree removeall rmsync rimraf
    stripe twilio eksctl kops nerdctl crictl ctr oc minikube kind nix brew apt yum dnf pacman snap flatpak mount umount
    """

  private static let clauseBreaks = "but however hesitate only worry instead otherwise because if unless until"

  private static let turning = """
    bad wrong forget afraid scared ashamed shy fail regret wait better easier simpler shame crime sin mistake objection \
    problem mind notice notices know knows care cares miss suspect suspects catch beats stop stops stopping help resist \
    resisting late impossible
    """
}
