"""Write build/openapi.json: the API as the page's types are made from it. Run: python builders/openapi.py

`make web` runs it; `npm run types` in web/ turns the document into TypeScript.
"""

import json
from pathlib import Path

from openleo.http.app import document

DOCUMENT = Path(__file__).parents[1] / "build" / "openapi.json"

if __name__ == "__main__":
    text = json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    DOCUMENT.parent.mkdir(exist_ok=True)
    if not DOCUMENT.is_file() or DOCUMENT.read_text(encoding="utf-8") != text:  # a build looks at its time
        DOCUMENT.write_text(text, encoding="utf-8")
