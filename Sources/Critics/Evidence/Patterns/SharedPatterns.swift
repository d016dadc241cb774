// Classes of words that the patterns of several detectors name.

enum SharedPatterns {
  static let source = """
    @say = say|says|saying tell|tells|telling write+ print+ output|outputs|outputting respond+ reply|replies answer+ \
    repeat+ echo+ return|returns display+ show+ state|states
    @assistant = ai assistant assistants chatbot bot model llm gpt chatgpt claude gemini bard copilot agent chatgpt4 gpt4
    @you = you u ya
    @person = person someone somebody anyone man woman men women child children kid kids girl girls boy boys people \
    neighbor neighbour coworker colleague wife husband girlfriend boyfriend partner roommate teacher boss employee \
    employees victim victims him her them stranger strangers minor minors teen teenager teenagers student students \
    customer customers user users mother father parent parents elderly patient patients family friend friends infant \
    baby toddler grandmother grandma pedestrian pedestrians crowd civilians politician president
    @group = women men girls females males blacks black whites white asians asian arabs arab jews jewish muslims muslim \
    christians christian hindus hindu catholics immigrants immigrant migrants migrant refugees refugee foreigners \
    mexicans mexican africans african latinos latinas latino hispanics hispanic indians chinese japanese koreans \
    americans gays gay lesbians lesbian homosexuals homosexual bisexuals transgender trans transsexuals queers lgbt \
    lgbtq disabled autistic deaf blind elderly seniors boomers millennials natives aboriginals indigenous gypsies roma \
    atheists liberals conservatives feminists poor homeless minorities minority poles italians irish russians turks \
    pakistanis nigerians somalis haitians cubans filipinos vietnamese
    @trait = race races racial ethnicity ethnic gender sex sexuality orientation religion religious faith nationality \
    skin colour color caste disability disabilities age pregnancy pregnant origin accent ancestry
    """
}
