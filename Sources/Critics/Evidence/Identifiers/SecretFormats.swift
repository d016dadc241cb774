// The published formats of secrets: what they begin with, of what they are made, and how long they are. One line each:
// issuer's kind, prefix, class of the rest, least and greatest length of the rest.
//
// Classes: `a` letters and digits · `w` also `_` and `-` · `h` hexadecimal · `u` capitals and digits · `b` Base64 with its
// marks · `d` digits · `t` also `.`, `_`, `-`, `/`, `:` · `l` small letters and digits

struct SecretFormat: Sendable {
  let kind: String
  let prefix: [UInt8]
  let letters: UInt8
  let least: Int
  let most: Int
}

enum SecretFormats {
  private static let source = """
    aws_access_key AKIA u 16 16
    aws_access_key ASIA u 16 16
    aws_access_key ABIA u 16 16
    aws_access_key ACCA u 16 16
    aws_access_key A3T u 17 17
    aws_mws_key amzn.mws. w 36 36
    aws_bedrock_key ABSK b 100 160
    github_token ghp_ a 36 255
    github_token gho_ a 36 255
    github_token ghu_ a 36 255
    github_token ghs_ a 36 255
    github_token ghr_ a 36 255
    github_token github_pat_ w 80 100
    gitlab_token glpat- w 20 64
    gitlab_token gldt- w 20 64
    gitlab_token glrt- w 20 64
    gitlab_token glptt- w 40 64
    gitlab_token glft- w 20 64
    gitlab_token glsoat- w 20 64
    gitlab_token glcbt- w 20 64
    gitlab_token glimt- w 20 64
    gitlab_token glagent- w 40 64
    gitlab_token gloas- w 40 72
    gitlab_token GR1348941 w 20 32
    slack_token xoxb- w 20 120
    slack_token xoxp- w 20 120
    slack_token xoxa- w 20 120
    slack_token xoxr- w 20 120
    slack_token xoxs- w 20 120
    slack_token xoxe- w 20 200
    slack_token xoxe.xox w 20 220
    slack_token xapp- w 20 140
    slack_webhook hooks.slack.com/services/ t 30 90
    slack_webhook hooks.slack.com/workflows/ t 30 120
    discord_webhook discord.com/api/webhooks/ t 60 140
    discord_webhook discordapp.com/api/webhooks/ t 60 140
    teams_webhook webhook.office.com/webhookb2/ t 60 220
    google_api_key AIza w 35 35
    google_oauth_secret GOCSPX- w 28 28
    google_oauth_token ya29. w 20 400
    google_refresh_token 1//0 w 30 120
    stripe_key sk_live_ a 10 250
    stripe_key sk_test_ a 10 250
    stripe_key rk_live_ a 10 250
    stripe_key rk_test_ a 10 250
    stripe_key sk_prod_ a 10 250
    stripe_webhook whsec_ b 24 80
    openai_key sk-proj- w 40 220
    openai_key sk-svcacct- w 40 220
    openai_key sk-admin- w 40 220
    anthropic_key sk-ant-api03- w 80 110
    anthropic_key sk-ant- w 40 130
    openrouter_key sk-or-v1- h 60 70
    openai_key sk- a 32 64
    huggingface_token hf_ a 30 40
    huggingface_token api_org_ a 30 40
    replicate_token r8_ a 36 40
    groq_key gsk_ a 48 56
    perplexity_key pplx- a 40 56
    xai_key xai- a 70 90
    langchain_key lsv2_pt_ w 32 60
    langchain_key lsv2_sk_ w 32 60
    cohere_key co_ a 38 44
    npm_token npm_ a 36 36
    pypi_token pypi-AgEIcHlwaS5vcmc w 50 400
    pypi_token pypi-AgENdGVzdC5weXBpLm9yZw w 50 400
    rubygems_key rubygems_ h 48 48
    crates_token cio a 32 32
    clojars_token CLOJARS_ a 60 60
    docker_token dckr_pat_ w 24 36
    docker_token dckr_oat_ w 24 40
    sendgrid_key SG. t 60 75
    mailgun_key key- h 32 32
    mailgun_key pubkey- h 32 32
    mailchimp_key mc_ h 30 40
    brevo_key xkeysib- w 70 90
    brevo_key xsmtpsib- w 70 90
    twilio_key SK h 32 32
    twilio_account AC h 32 32
    shopify_token shpat_ h 32 32
    shopify_token shpca_ h 32 32
    shopify_token shppa_ h 32 32
    shopify_token shpss_ h 32 32
    square_token sq0atp- w 22 22
    square_token sq0csp- w 43 43
    square_token EAAA w 56 64
    digitalocean_token dop_v1_ h 64 64
    digitalocean_token doo_v1_ h 64 64
    digitalocean_token dor_v1_ h 64 64
    linode_token linode_ h 40 70
    hashicorp_vault_token hvs. w 24 200
    hashicorp_vault_token hvb. w 24 220
    hashicorp_vault_token hvr. w 24 200
    terraform_cloud_token atlasv1. w 50 90
    pulumi_token pul- h 40 40
    databricks_token dapi h 32 34
    doppler_token dp.pt. a 40 46
    doppler_token dp.st. t 40 60
    doppler_token dp.ct. a 40 46
    doppler_token dp.sa. a 40 46
    duffel_token duffel_test_ w 43 43
    duffel_token duffel_live_ w 43 43
    dynatrace_token dt0c01. t 80 100
    easypost_key EZAK a 54 54
    easypost_key EZTK a 54 54
    fly_token fo1_ w 43 43
    fly_token fm1 b 100 700
    fly_token fm2_ b 100 700
    flutterwave_key FLWSECK_TEST- h 12 34
    flutterwave_key FLWPUBK_TEST- h 12 34
    flutterwave_key FLWSECK- h 12 40
    frameio_token fio-u- w 64 64
    grafana_token glc_ b 32 400
    grafana_token glsa_ w 41 44
    grafana_key eyJrIjoi b 60 400
    heroku_key HRKU-AA w 58 64
    infracost_key ico- a 32 32
    intra42_secret s-s4t2 t 60 80
    launchdarkly_key sdk- w 36 36
    linear_key lin_api_ a 40 40
    linear_key lin_oauth_ h 64 64
    notion_token ntn_ a 40 50
    notion_token secret_ a 43 43
    maxmind_key mmk_ w 20 40
    mapbox_token pk.eyJ t 60 200
    mapbox_token sk.eyJ t 60 200
    mapbox_token tk.eyJ t 60 200
    microsoft_teams_webhook outlook.office.com/webhook/ t 60 200
    newrelic_key NRAK- u 27 27
    newrelic_key NRJS- h 19 19
    newrelic_key NRII- w 32 32
    newrelic_key NRAL- a 20 40
    okta_token 00 w 40 40
    onepassword_token ops_eyJ b 200 900
    onepassword_secret A3- w 30 45
    openshift_token sha256~ w 43 43
    planetscale_token pscale_tkn_ t 32 64
    planetscale_token pscale_oauth_ t 32 64
    planetscale_token pscale_pw_ t 32 64
    posthog_key phc_ a 40 48
    posthog_key phx_ a 40 48
    postman_key PMAK- w 59 59
    postman_key PMAT- u 26 26
    prefect_key pnu_ a 36 36
    readme_key rdme_ a 70 70
    sentry_token sntrys_ b 60 300
    sentry_token sntryu_ h 64 64
    settlemint_token sm_aat_ a 16 16
    settlemint_token sm_pat_ a 16 16
    settlemint_token sm_sat_ a 16 16
    scalingo_token tk-us- w 48 48
    shippo_token shippo_live_ h 40 40
    shippo_token shippo_test_ h 40 40
    sidekiq_url cafebabe:deadbeef h 0 1
    snyk_token snyk_uat. t 40 90
    sonar_token sqp_ h 40 40
    sonar_token squ_ h 40 40
    sonar_token sqa_ h 40 40
    sourcegraph_token sgp_ w 40 70
    sumologic_id su a 12 12
    supabase_key sbp_ h 40 40
    supabase_key sb_secret_ w 30 45
    tailscale_key tskey- w 20 80
    typeform_token tfp_ t 59 59
    vercel_token vcp_ a 40 70
    yandex_token AQVN w 35 38
    yandex_token t1. t 80 100
    yandex_key YC w 38 38
    adobe_secret p8e- h 32 32
    age_key AGE-SECRET-KEY-1 u 58 58
    alibaba_key LTAI a 16 24
    artifactory_token AKCp a 60 75
    artifactory_token cmVmdGtu b 55 75
    asana_token 1/ d 16 16
    atlassian_token ATATT3 w 180 200
    atlassian_token ATBB a 30 36
    authress_secret sc_ t 50 110
    authress_secret authress_ t 50 110
    azure_secret 8Q~ t 30 40
    buildkite_token bkua_ h 40 40
    buildkite_token bkaj_ a 40 60
    cisco_meraki_key meraki_ h 40 40
    cloudflare_origin_key v1.0- w 160 180
    confluent_secret cflt w 50 64
    contentful_token CFPAT- w 43 43
    defined_token dnkey- w 30 90
    discord_token mfa. w 80 90
    dropbox_token sl. w 120 180
    endorlabs_key endr+ w 16 16
    facebook_token EAACEdEose0cBA a 20 200
    facebook_token EAAM a 100 250
    figma_token figd_ w 40 44
    finicity_token fin_ h 32 32
    gumroad_token gum_ a 40 60
    harness_token pat. t 60 72
    harness_token sat. t 60 72
    instagram_token IGQV w 80 250
    ionic_token ion_ a 42 42
    kubernetes_token kubeconfig-u- w 40 70
    lob_key live_ h 35 35
    lob_key test_ h 35 35
    lichess_token lip_ a 20 24
    mercury_token secret-token:mercury_ w 30 120
    mollie_key live_ a 30 30
    nytimes_key nyt_ w 32 32
    nvidia_key nvapi- w 60 70
    octopus_key API- u 26 26
    persona_key persona_ t 40 60
    plaid_token access-sandbox- w 36 36
    plaid_token access-production- w 36 36
    polymarket_key polar_ w 40 60
    rapidapi_key rapid_ a 40 60
    resend_key re_ w 30 40
    looker_key looker_ a 24 24
    privateai_key pai_ a 32 32
    razorpay_key rzp_live_ a 14 24
    razorpay_key rzp_test_ a 14 24
    segment_key sgp_ a 64 64
    sentinel_key sen_ a 40 40
    stytch_key secret-live- w 36 40
    stytch_key secret-test- w 36 40
    zapier_hook hooks.zapier.com/hooks/catch/ t 12 40
    zuplo_key zpka_ w 40 60
    volcengine_key AKLT a 40 60
    jfrog_token eyJ2ZXIiOiIyIiwidHlwIjoiSldUIi t 60 2000
    """

  static let all: [SecretFormat] = source.split(separator: "\n").compactMap { line in
    let parts = line.split(separator: " ")
    guard parts.count == 5, let letters = parts[2].utf8.first, let least = Int(parts[3]), let most = Int(parts[4])
    else { return nil }
    return SecretFormat(
      kind: String(parts[0]), prefix: Array(parts[1].utf8), letters: letters, least: least, most: most)
  }

  /// Formats by the first byte of their prefix.
  static let byFirst: [[SecretFormat]] = {
    var table = Array(repeating: [SecretFormat](), count: 256)
    for format in all { table[Int(format.prefix[0])].append(format) }
    return table
  }()

  static func belongs(_ byte: UInt8, to letters: UInt8) -> Bool {
    switch letters {
    case 0x61: byte.isLetter || byte.isDigit
    case 0x77: byte.isLetter || byte.isDigit || byte == 0x5f || byte == 0x2d
    case 0x68: byte.isDigit || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    case 0x75: byte.isDigit || (0x41...0x5a).contains(byte)
    case 0x62: byte.isLetter || byte.isDigit || [0x2b, 0x2f, 0x3d, 0x5f, 0x2d].contains(byte)
    case 0x64: byte.isDigit
    case 0x6c: byte.isDigit || (0x61...0x7a).contains(byte)
    default: byte.isLetter || byte.isDigit || [0x2e, 0x5f, 0x2d, 0x2f, 0x3a, 0x3d].contains(byte)
    }
  }
}
