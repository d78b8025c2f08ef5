#!/usr/bin/env python3
"""Changes src/core and src/refresh in many small ways, one at a time, and sees whether the unit and flight tests notice.

All mutants are compiled into one copy of the sources, build/mutants/tree; a variable of the environment chooses the active one.
Last line: mutants=N killed=K survived=S (P %). Fails if a mutant survives that survivors.txt does not explain, if a full run finds
an explanation without a survivor, or if fewer than 90 % are killed.
"""

import argparse
import random
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from judge import Judge  # noqa: E402
from known import Known, written  # noqa: E402
from tree import PROGRAMS, Tree  # noqa: E402
from weave import Sources  # noqa: E402

ROOT = HERE.parent.parent
FOLDER = ROOT / "build" / "mutants"
ENOUGH = 90.0  # per cent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants, chosen by --seed")
    parser.add_argument("--seed", default="1", help="any word; the same one chooses the same mutants (1)")
    parser.add_argument("--only", metavar="REGEX", help="only mutants whose file:line: text matches")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time (2)")
    parser.add_argument("--list", action="store_true", help="print the mutants, and run nothing")
    parser.add_argument("--build-only", action="store_true", help="make the programs, and run nothing")
    return parser.parse_args()


def chosen(mutants, options):
    if options.only:
        mutants = [m for m in mutants if re.search(options.only, str(m))]
    if options.sample is not None and options.sample < len(mutants):
        picked = random.Random(options.seed).sample(sorted(m.key for m in mutants), options.sample)
        mutants = [m for m in mutants if m.key in set(picked)]
    return mutants


def tell(verdict, done, of):
    if not verdict.killed:
        print(f"{verdict.how}: {verdict.mutant}", flush=True)
    if done % 100 == 0:
        print(f"{done} of {of}", file=sys.stderr, flush=True)


def compared(verdicts, known, is_full):
    """What contradicts survivors.txt."""
    wrong = list(known.wrong)
    survived = {v.mutant.key: v for v in verdicts if not v.killed}
    killed = {v.mutant.key: v for v in verdicts if v.killed}
    for key, v in survived.items():
        if key not in known:
            wrong.append(f"no test notices, and survivors.txt does not say why: {v.mutant}\n    {written(key, '…')}")
    for key in known.reasons:
        if key in killed:
            wrong.append(f"{known.lines[key]}: explained, and killed ({killed[key].how}): {killed[key].mutant}")
        elif is_full and key not in survived:
            wrong.append(f"{known.lines[key]}: there is no such mutant: {written(key)}")
    return wrong


def main():
    options = arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    sources = Sources(ROOT)
    tree = Tree(ROOT, FOLDER)
    if not options.list:
        tree.build(sources)
    living = [m for m in sources.mutants if not tree.is_dropped(m.place)]
    mutants = chosen(living, options)
    if options.list:
        print(*mutants, sep="\n")
    if options.list or options.build_only:
        return 0
    if not mutants:
        sys.exit("mutants: none was chosen")
    judge = Judge(tree)
    judge.look(PROGRAMS)
    verdicts = judge.judge(mutants, options.jobs, tell)
    (FOLDER / "verdicts.txt").write_text("".join(f"{v.how}: {v.mutant}\n" for v in verdicts))

    is_full = len(mutants) == len(living)
    wrong = compared(verdicts, Known(HERE / "survivors.txt"), is_full)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    killed = sum(v.killed for v in verdicts)
    share = 100 * killed / len(verdicts)
    if is_full and share < ENOUGH:
        wrong.append("too few")
    print(f"mutants={len(verdicts)} killed={killed} survived={len(verdicts) - killed} ({share:.1f} %)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
