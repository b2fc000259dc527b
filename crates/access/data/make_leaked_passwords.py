"""Make leaked_passwords.bin: the first five bytes of the SHA-256 of each known password, sorted.

Sources: npm @zxcvbn-ts/language-common 4.1.3, src/passwords.json (MIT); PyPI Django 5.2.19,
django/contrib/auth/common-passwords.txt.gz (BSD-3-Clause). Only what our own shortest length lets through counts.

usage: make_leaked_passwords.py passwords.json common-passwords.txt.gz leaked_passwords.bin
"""

import gzip
import hashlib
import json
import sys
import unicodedata

SHORTEST = 8

with open(sys.argv[1], encoding="utf-8") as file:
    words = json.load(file)
with gzip.open(sys.argv[2], "rt", encoding="utf-8") as file:
    words += [line.strip() for line in file]
known = {unicodedata.normalize("NFC", word).lower() for word in words if len(word) >= SHORTEST}
with open(sys.argv[3], "wb") as file:
    file.writelines(sorted({hashlib.sha256(word.encode()).digest()[:5] for word in known}))
