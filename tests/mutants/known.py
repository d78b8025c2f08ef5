"""survivors.txt: the mutants that no fast test kills, each with the reason."""

SEPARATOR = " | "


class Known:
    """One line per mutant: file | function | source line | what is done | why it may live. Blank lines and # lines are free."""

    def __init__(self, path):
        self.reasons = {}
        self.lines = {}
        self.wrong = []
        for n, line in enumerate(path.read_text().splitlines() if path.exists() else (), 1):
            if not line.strip() or line.startswith("#"):
                continue
            key, why = _parse(line)
            if key is None or not why:
                self.wrong.append(f"{path.name}:{n}: not of the form: file | function | source line | mutation | why")
            elif key in self.reasons:
                self.wrong.append(f"{path.name}:{n}: twice")
            else:
                self.reasons[key] = why
                self.lines[key] = f"{path.name}:{n}"

    def __contains__(self, key):
        return key in self.reasons


def _parse(line):
    head = line.split(SEPARATOR, 2)
    if len(head) != 3:
        return None, ""
    tail = head[2].rsplit(SEPARATOR, 2)
    if len(tail) != 3:
        return None, ""
    return tuple(part.strip() for part in (*head[:2], *tail[:2])), tail[2].strip()


def written(key, why=""):
    return SEPARATOR.join((*key, why))
