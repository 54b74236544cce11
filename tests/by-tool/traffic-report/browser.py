"""What a browser makes of a page.

    browser.py CHROMIUM PAGE
    browser.py CHROMIUM PAGE long       not its colours, and not on paper

Prints what happened, a row each: `request URL`, `said TEXT` (of errors, warnings and violations of
the page's policy), `ran TEXT` if a name from a log was obeyed, `contrast MEDIA SCHEME RATIO` (the
least of any text, in hundredths), `background MEDIA SCHEME COLOUR`, `width SCREEN PAGE`, `pages N` of the PDF, and
`row CELLS` of all tables. The browser is spoken to through a pipe, in its DevTools protocol.
"""
import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

SECONDS = 100

CONTRAST = """(() => {
  const parse = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const background = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let least = 2100;
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || ['title', 'desc', 'STYLE'].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const one = light(parse(element.tagName === 'text' ? style.fill : style.color));
    const other = light(background(element));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    least = Math.min(least, Math.floor(ratio * 100));
  }
  return least;
})()"""
ROWS = """[...document.querySelectorAll('tbody tr')]
  .map(row => [...row.cells].map(cell => cell.textContent).join('\\t'))"""


class Browser:
    def __init__(self, program, folder):
        # it reads from 3 and writes to 4
        self.down, self.to_browser = os.pipe()
        self.from_browser, self.up = os.pipe()
        script = f'exec "$@" 3<&{self.down} 4>&{self.up}'
        self.process = subprocess.Popen(
            ["sh", "-c", script, "sh", program, "--headless=new", "--remote-debugging-pipe",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", f"--user-data-dir={folder}"],
            pass_fds=[self.down, self.up], start_new_session=True, env={**os.environ, "HOME": folder},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(self.down)
        os.close(self.up)
        self.number, self.buffer, self.events, self.session = 0, b"", [], None

    def end(self):
        # it has a session of its own, with all that it started
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def receive(self):
        while b"\0" not in self.buffer:
            block = os.read(self.from_browser, 1 << 16)
            assert block, "the browser is gone"
            self.buffer += block
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self.to_browser, rest):]
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")


def say(*fields):
    print(*fields, sep="\t")


def look_at_colours(browser):
    # paper is light for those too who like it dark
    for media, scheme in [("screen", "light"), ("screen", "dark"), ("print", "dark")]:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.call("Emulation.setEmulatedMedia", media=media, features=[feature])
        say("contrast", media, scheme, browser.value(CONTRAST))
        say("background", media, scheme,
            browser.value("getComputedStyle(document.body).backgroundColor"))
    browser.call("Emulation.setEmulatedMedia", media="", features=[])


def look(browser, url, is_long):
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)
    browser.session = session["sessionId"]
    for domain in ["Page", "Network", "Runtime", "Log"]:
        browser.call(f"{domain}.enable")
    browser.call("Page.navigate", url=url)
    browser.wait("Page.loadEventFired")
    for width in [390] if is_long else [320, 390, 1280]:
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                     deviceScaleFactor=1, mobile=width < 1000)
        say("width", width, browser.value("document.documentElement.scrollWidth"))
    if not is_long:
        look_at_colours(browser)
        pdf = base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=True)["data"])
        assert pdf.startswith(b"%PDF-")
        say("pages", len(re.findall(rb"/Type\s*/Page\b", pdf)))
    if browser.value("typeof obeyed") != "undefined":
        say("ran", browser.value("String(obeyed)"))
    for row in browser.value(ROWS):
        say("row", row)


def report(events):
    for event in events:
        params = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            say("request", params["request"]["url"])
        elif event.get("method") == "Log.entryAdded":
            say("said", params["entry"]["text"])
        elif event.get("method") in ["Runtime.consoleAPICalled", "Runtime.exceptionThrown"]:
            say("said", json.dumps(params))


def main():
    program, page, *is_long = sys.argv[1:]
    signal.alarm(SECONDS)
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("the browser is stuck"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            look(browser, pathlib.Path(page).resolve().as_uri(), bool(is_long))
            report(browser.events)
        finally:
            browser.end()


main()
