"""A mail, as python's own library reads it.

    mail.py FOLDER <MESSAGE

Writes the files `headers` (in order, decoded, one a line), `text` and `page` into FOLDER.
"""
import email
import email.policy
import pathlib
import sys


def main():
    folder = pathlib.Path(sys.argv[1])
    message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
    assert message.get_content_type() == "multipart/alternative"
    assert not message.defects and message["date"].datetime
    for part in message.walk():
        assert not part.defects, part.defects
    forms = list(message.iter_parts())
    assert [form.get_content_type() for form in forms] == ["text/plain", "text/html"]
    assert [form.get_content_charset() for form in forms] == ["utf-8"] * 2
    (folder / "headers").write_text("".join(f"{name}: {value}\n" for name, value in message.items()))
    for form, name in zip(forms, ["text", "page"]):
        (folder / name).write_text(form.get_content(), newline="")


main()
