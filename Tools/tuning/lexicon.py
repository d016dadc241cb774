#!/usr/bin/python3
"""Writes Sources/Critics/Evidence/Patterns/HashedWords.swift: slurs, insults, swear words and sexual terms by their hashes.

From surge_profanity (MIT) and ldnoobw (CC-BY-4.0) in WITAN_FIXTURES/data. Words that ordinary texts use as often as
offensive ones are left out: they would accuse the innocent."""
import collections, gzip, json, os, re, textwrap
from measure import FIXTURES, HERE, rows

MASK = (1 << 64) - 1


def mix(low, high):
    product = (low ^ 0xA0761D6478BD642F) * (high ^ 0xE7037ED1A0B428DB)
    return (product >> 64) ^ (product & MASK)


def word_hash(word):
    """WordHash.of in Python."""
    folded = bytes(b | 0x20 if b < 0x80 else b for b in word.encode())
    parts = [int.from_bytes(folded[i:i + 8], "little") for i in range(0, len(folded), 8)]
    parts += [0] * (2 - len(parts))
    value = mix(parts[0], parts[1])
    for part in parts[2:]:
        value = mix(value, part ^ 0x5851F42D4C957F2D)
    return value


CATEGORIES = {
    "racial / ethnic slurs": "slurs", "sexual orientation / gender": "slurs", "religious offense": "slurs",
    "mental disability": "insults", "other / general insult": "insults", "physical disability": "insults",
    "physical attributes": "insults", "animal references": "insults", "bodily fluids / excrement": "profanity",
    "sexual anatomy / sexual acts": "sexual", "political": "insults",
}


def main():
    benign = collections.Counter()
    for name in ["benign_prompts", "hendrycks_ethics", "halueval_general", "truthfulqa_judged", "winogender"]:
        for row in rows(name):
            benign.update(set(re.findall(r"[a-z]+", row["t"].lower())))
    chosen = collections.defaultdict(dict)
    for row in rows("surge_profanity", "all"):
        words = re.findall(r"[a-z0-9]+", row["t"].lower())
        if len(words) != 1 or len(words[0]) < 3 or words[0] != row["t"].lower() or words[0].isdigit():
            continue
        severity = float(row.get("v") or 1)
        kind = CATEGORIES.get(row["c"], "insults")
        if benign[words[0]] > (3 if severity >= 2 else 0) or severity < 1.2:
            continue
        chosen[kind][words[0]] = True
    for row in rows("ldnoobw", "all"):
        word = row["t"].lower()
        if row.get("s") == "en" and re.fullmatch(r"[a-z]{4,}", word) and benign[word] == 0:
            if not any(word in group for group in chosen.values()):
                chosen["profanity"][word] = True
    out = ["// Slurs, insults, swear words and sexual terms, known only by their hashes: the words themselves need not stand here.",
           "// Written by Tools/tuning/lexicon.py.", "", "enum HashedWords {"]
    for kind in ["slurs", "insults", "profanity", "sexual"]:
        hashes = sorted("~%016x" % word_hash(w) for w in chosen[kind])
        body = textwrap.fill(" ".join(hashes), 112, break_long_words=False)
        out += ['  static let %s = """' % kind, textwrap.indent(body, "    "), '    """', ""]
        print(kind, len(hashes))
    out += ["  /// The classes that patterns name.", "  static var classes: String {", "    [(\"@slur\", slurs), (\"@insult\", insults), (\"@profanity\", profanity), (\"@sexual\", sexual)]",
            "      .map { name, hashes in \"\\(name) = \" + hashes.split(whereSeparator: \\.isNewline).joined(separator: \" \") }",
            "      .joined(separator: \"\\n\")", "  }", "}"]
    path = os.path.join(HERE, "../../Sources/Critics/Evidence/Patterns/HashedWords.swift")
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
