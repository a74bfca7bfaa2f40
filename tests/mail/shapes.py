"""Mails as programs send them, each with what it is by its subject and by its body.

The keywords are those of KEYWORDS. What no reader sees of a mail says FAILED, which comes before
all others.
"""

import base64
import email.policy
import quopri
from email.header import Header
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from nightbell.domain.check import Signal

SUCCESS, START, FAIL, NONE = Signal.SUCCESS, Signal.START, Signal.FAIL, Signal.IGNORE

KEYWORDS = {
    "start_kw": "has started, начато",
    "success_kw": "completed successfully, größe ok, 正常終了, успешно, 完成, 성공, "
    "naïve – “ok”, 5 €",
    "failure_kw": "FAILED, échec, ошибка, 失敗しました",
}

BODY_OF_DONE = "The nightly backup has completed successfully.\n"
BODY_OF_FAILED = "The nightly backup FAILED with exit code 23.\n"

LONG_BASE64 = base64.b64encode(b"copying a file\n" * 100 + b"the backup FAILED\n").decode()

Shape = tuple[bytes, Signal, Signal]


def lines(*given: str, charset: str = "utf-8", end: str = "\r\n") -> bytes:
    """Return these lines, each ended."""
    return "".join(line + end for line in given).encode(charset)


def made(subject: str, body: str, policy: email.policy.Policy, **options: str) -> bytes:
    """Return a mail that the standard library makes."""
    message = EmailMessage(policy=policy)
    message["From"] = "root <root@web1.example.com>"
    message["To"] = "FAILED@ping.example.org"
    message["Subject"] = subject
    message.set_content(body, **options)
    return message.as_bytes()


def encoded(subject: str, body: str, charset: str, cte: str) -> bytes:
    """Return a mail of one part in a character set, transferred in this way."""
    content = body.encode(charset)
    match cte:
        case "base64":
            content = base64.encodebytes(content)
        case "quoted-printable":
            content = quopri.encodestring(content)
    head = lines(
        f"Subject: {Header(subject, charset).encode(maxlinelen=60, linesep=chr(13) + chr(10))}",
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset}",
        f"Content-Transfer-Encoding: {cte}",
        "",
    )
    return head + content


def html(markup: str, subject: str = "Report", charset: str = "utf-8") -> bytes:
    """Return a mail that is HTML only."""
    head = lines(f"Subject: {subject}", f"Content-Type: text/html; charset={charset}", "")
    return head + markup.encode(charset)


def of_parts(*parts: str, kind: str = "mixed", subject: str = "Report", more: str = "") -> bytes:
    """Return a mail of these parts, each with its headers; nothing is encoded."""
    return lines(
        f"Subject: {subject}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/{kind}; boundary="=_b 1"{more}',
        "",
        "This is a message in MIME format. FAILED",
        *(f"--=_b 1\r\n{part}" for part in parts),
        "--=_b 1--",
        "FAILED",
    )


ATTACHED = (
    'Content-Type: text/plain; name="old.log"\r\n'
    'Content-Disposition: attachment; filename="old.log"\r\n\r\nFAILED\r\n'
)
TEXT = "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
HTML = "Content-Type: text/html; charset=us-ascii\r\n\r\n"


def _made_by_the_standard_library() -> dict[str, Shape]:
    policies = {
        "default": email.policy.default,
        "smtp": email.policy.SMTP,
        "smtp in utf-8": email.policy.SMTPUTF8,
        "8 bit": email.policy.SMTP.clone(cte_type="8bit"),
        "short lines": email.policy.SMTP.clone(max_line_length=40),
    }
    greeting = "größe ok: 12 GB, " + "sonst ist nichts zu sagen, " * 4
    shapes = {
        f"standard library, policy {name}": (
            made(greeting, f"{greeting}\n", policy),
            SUCCESS,
            SUCCESS,
        )
        for name, policy in policies.items()
    }
    for cte in ("7bit", "8bit", "quoted-printable", "base64"):
        mail = made("Cron", BODY_OF_FAILED, email.policy.SMTP, cte=cte)
        shapes[f"standard library, {cte}"] = (mail, NONE, FAIL)

    text = MIMEText("正常終了\n", "plain", "iso-2022-jp")
    text["Subject"] = Header("失敗しました", "iso-2022-jp")
    shapes["MIMEText in ISO-2022-JP"] = (text.as_bytes(), FAIL, SUCCESS)

    both = EmailMessage(policy=email.policy.SMTP)
    both["Subject"] = "Job has started"
    both.set_content("See the HTML part.\n")
    both.add_alternative(f"<html><body><p>{BODY_OF_DONE}</p></body></html>", subtype="html")
    both.add_attachment("FAILED\n", filename="échec.log")
    both.add_attachment(b"FAILED", maintype="application", subtype="zip", filename="logs.zip")
    shapes["alternatives and attachments"] = (both.as_bytes(), START, SUCCESS)

    related = MIMEMultipart("related")
    related["Subject"] = "Report"
    related.attach(MIMEText('<img src="cid:a"><b>completed</b> <i>successfully</i>', "html"))
    related.attach(MIMEImage(b"GIF89a FAILED", "gif"))
    shapes["HTML with its images"] = (related.as_bytes(), NONE, SUCCESS)

    inner = EmailMessage(policy=email.policy.SMTP)
    inner["Subject"] = "FAILED"
    inner.set_content("größe ok\n", cte="base64")
    forwarded = MIMEMultipart()
    forwarded["Subject"] = "Fwd: Report"
    forwarded.attach(MIMEText("See below.\n"))
    forwarded.attach(MIMEMessage(inner))
    shapes["forwarded as an enclosed mail"] = (forwarded.as_bytes(), NONE, SUCCESS)
    again = MIMEMultipart()
    again["Subject"] = "Fwd: Fwd: Report"
    again.attach(MIMEMessage(forwarded))
    shapes["forwarded twice"] = (again.as_bytes(), NONE, SUCCESS)

    only = MIMEApplication(b"completed successfully")
    only["Subject"] = "Report"
    shapes["nothing but a file"] = (only.as_bytes(), NONE, NONE)
    return shapes


def _in_character_sets() -> dict[str, Shape]:
    given = [
        ("us-ascii", "completed successfully", "FAILED"),
        ("iso-8859-1", "größe ok", "échec"),
        ("iso-8859-15", "5 €", "échec"),
        ("windows-1252", "naïve – “ok”", "échec"),
        ("utf-8", "größe ok", "失敗しました"),
        ("utf-16", "größe ok", "échec"),
        ("utf-7", "größe ok", "échec"),
        ("koi8-r", "успешно", "ошибка"),
        ("koi8-u", "успешно", "ошибка"),
        ("windows-1251", "успешно", "ошибка"),
        ("iso-8859-5", "успешно", "ошибка"),
        ("x-mac-cyrillic", "успешно", "ошибка"),
        ("shift_jis", "正常終了", "失敗しました"),
        ("euc-jp", "正常終了", "失敗しました"),
        ("iso-2022-jp", "正常終了", "失敗しました"),
        ("gb2312", "完成", "FAILED"),
        ("gbk", "完成", "FAILED"),
        ("gb18030", "完成", "FAILED"),
        ("big5", "完成", "FAILED"),
        ("euc-kr", "성공", "FAILED"),
    ]
    python_names = {"x-mac-cyrillic": "mac-cyrillic"}
    shapes = {}
    for charset, done, failed in given:
        codec = python_names.get(charset, charset)
        for cte in ("base64", "quoted-printable"):
            body = f"{done}.\n" * 3
            mail = encoded(f"Report: {failed}", body, codec, cte)
            mail = mail.replace(codec.encode(), charset.encode())
            shapes[f"{charset} in {cte}"] = (mail, FAIL, SUCCESS)
    shapes["8 bits of KOI8-R, in the subject too"] = (
        lines(
            "Subject: успешно",
            "Content-Type: text/plain; charset=KOI8-R",
            "",
            "ошибка",
            charset="koi8-r",
        ),
        SUCCESS,
        FAIL,
    )
    names = {
        "windows-31j": "cp932",
        "x-sjis": "cp932",
        "ks_c_5601-1987": "cp949",
        "utf8": "utf-8",
        '"UTF-8"': "utf-8",
        "ansi_x3.4-1968": "ascii",
        "iso-8859-8-i": "iso-8859-8",
        "latin-9": "utf-8",
        "unknown-8bit": "latin-1",
        "x-unknown": "utf-8",
        "": "utf-8",
        "no such name ": "utf-8",
        "us-ascii (Plain text)": "ascii",
        "zlib": "ascii",
        "idna": "ascii",
        "unicode_escape": "ascii",
    }
    words = {"cp932": "正常終了", "cp949": "성공", "utf-8": "größe ok", "latin-1": "größe ok"}
    for name, codec in names.items():
        word = words.get(codec, "completed successfully")
        mail = lines(
            "Subject: Report", f"Content-Type: text/plain; charset={name}", "", word, charset=codec
        )
        shapes[f"a character set called {name}"] = (mail, NONE, SUCCESS)
    for name, codec in {
        "us-ascii": "utf-8",
        "utf-8": "latin-1",
        "iso-8859-1": "utf-8",
        "gb2312": "gbk",
        "iso-8859-1 ": "cp1252",
    }.items():
        word = {"gbk": "完成 镕", "cp1252": "naïve – “ok”"}.get(codec, "größe ok")
        mail = lines(
            "Subject: Report", f"Content-Type: text/plain; charset={name}", "", word, charset=codec
        )
        expected = NONE if codec == "latin-1" else SUCCESS  # what it says is a broken character
        shapes[f"called {name}, is {codec}"] = (mail, NONE, expected)
    return shapes


def _of_programs() -> dict[str, Shape]:
    return {
        "cron": (
            lines(
                "From: root (Cron Daemon)",
                "To: root",
                "Subject: Cron <root@web1> /usr/local/bin/backup",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=UTF-8",
                "Content-Transfer-Encoding: 8bit",
                "X-Cron-Env: <SHELL=/bin/sh>",
                "X-Cron-Env: <STATUS=FAILED>",
                "",
                "größe ok",
                end="\n",
            ),
            NONE,
            SUCCESS,
        ),
        "anacron": (
            lines(
                "From: Anacron <root@web1>",
                "Subject: Anacron job 'cron.daily' on web1",
                "",
                "/etc/cron.daily/backup:",
                "run-parts: /etc/cron.daily/backup FAILED",
                end="\n",
            ),
            NONE,
            FAIL,
        ),
        "mailx": (
            lines(
                "Date: Mon, 01 Jan 2024 03:00:01 +0000",
                "To: x@ping.example.org",
                "Subject: backup completed successfully",
                "User-Agent: Heirloom mailx 12.5 7/5/10",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=us-ascii",
                "Content-Transfer-Encoding: 7bit",
                "",
                "",
                end="\n",
            ),
            SUCCESS,
            NONE,
        ),
        "mailx with a file": (
            of_parts(
                "Content-Type: text/plain; charset=us-ascii\r\nContent-Disposition: inline\r\n\r\n"
                + BODY_OF_DONE,
                ATTACHED,
            ),
            NONE,
            SUCCESS,
        ),
        "sendmail, no headers at all": (b"The backup has completed successfully\n", NONE, SUCCESS),
        "sendmail, only a subject": (b"Subject: FAILED\n", FAIL, NONE),
        "sendmail, a text right after its headers": (
            b"Subject: Report\nThe backup has completed successfully\n",
            NONE,
            SUCCESS,
        ),
        "msmtp": (lines("subject:FAILED", "", "completed successfully", end="\n"), FAIL, SUCCESS),
        "the line of a mailbox": (
            lines(
                "From root@web1 Mon Jan  1 03:00:01 2024",
                "Subject: FAILED",
                "",
                "has started",
                end="\n",
            ),
            FAIL,
            START,
        ),
        "a quoted line of a mailbox": (
            lines(
                ">From root@web1 Mon Jan  1 03:00:01 2024",
                "Subject: FAILED",
                "",
                ">From here: has started",
                end="\n",
            ),
            FAIL,
            START,
        ),
        "the mark of Windows first": (
            b"\xef\xbb\xbfSubject: FAILED\r\n\r\n" + BODY_OF_DONE.encode(),
            FAIL,
            SUCCESS,
        ),
        "line breaks of old Macs": (
            lines(
                "Subject: FAILED",
                "Content-Type: multipart/mixed; boundary=b",
                "",
                "--b",
                "",
                "completed successfully",
                "--b",
                "Content-Disposition: attachment",
                "",
                "FAILED",
                "--b--",
                end="\r",
            ),
            FAIL,
            SUCCESS,
        ),
        "mixed line breaks": (
            b"Subject: FAILED\nContent-Type: multipart/mixed;\r\n boundary=b\n\n--b\r\n\ncompleted "
            b"successfully\n--b\n" + ATTACHED.encode() + b"--b--",
            FAIL,
            SUCCESS,
        ),
        "no subject": (lines("From: root@web1", "", "completed successfully"), NONE, SUCCESS),
        "an empty subject": (lines("Subject:", "X-Status: FAILED", "", "has started"), NONE, START),
        "two subjects": (lines("Subject: has started", "Subject: FAILED", "", ""), START, NONE),
        "a folded subject": (
            lines(
                "Subject: [web1] The backup of all things has completed",
                "\tsuccessfully after two",
                " hours",
                "",
                "",
            ),
            SUCCESS,
            NONE,
        ),
        "a subject that begins on the next line": (
            lines("Subject:", " completed successfully", "X: FAILED", "", ""),
            SUCCESS,
            NONE,
        ),
        "a very long subject": (
            lines("Subject: " + "\r\n ".join(["many words"] * 500), " FAILED", "", ""),
            FAIL,
            NONE,
        ),
        "an encoded subject cut within a character": (
            lines("Subject: =?UTF-8?B?Z3LDtsM=?=", " =?UTF-8?B?n2Ugb2s=?=", "", ""),
            SUCCESS,
            NONE,
        ),
        "an encoded subject, Q cut within a character": (
            lines("Subject: =?utf-8?Q?gr=C3=B6=C3?= =?UTF-8?q?=9Fe_ok?=", "", ""),
            SUCCESS,
            NONE,
        ),
        "a subject encoded in part": (
            lines("Subject: backup =?iso-8859-1?Q?gr=F6=DFe?= ok", "", ""),
            SUCCESS,
            NONE,
        ),
        "encoded words of several character sets": (
            lines("Subject: =?iso-8859-1?Q?caf=E9_?= =?utf-8?B?5q2j5bi457WC5LqG?=", "", ""),
            SUCCESS,
            NONE,
        ),
        "an encoded word within brackets": (
            lines("Subject: [=?utf-8?q?=C3=A9chec?=]", "", ""),
            FAIL,
            NONE,
        ),
        "an encoded word in quotes, with a language": (
            lines('Subject: "=?utf-8*fr?q?=C3=A9chec?="', "", ""),
            FAIL,
            NONE,
        ),
        "an encoded word with spaces and question marks": (
            lines("Subject: =?utf-8?Q?Is it completed successfully?=20?=", "", ""),
            SUCCESS,
            NONE,
        ),
        "an encoded word of bad base64": (
            lines("Subject: =?utf-8?B?!!!!?= FAILED =?utf-8?B?Zg?=", "", ""),
            FAIL,
            NONE,
        ),
        "an encoded word without an end": (
            lines("Subject: =?utf-8?Q?abc FAILED", "", ""),
            FAIL,
            NONE,
        ),
        "a subject in bare ISO-2022-JP": (
            lines(
                "Subject: 正常終了",
                "Content-Type: text/plain; charset=iso-2022-jp",
                "",
                "失敗しました",
                charset="iso-2022-jp",
            ),
            SUCCESS,
            FAIL,
        ),
        "a subject in bare UTF-8": (lines("Subject: größe ok", "", ""), SUCCESS, NONE),
        "a subject in bare Latin-1": (
            lines("Subject: größe ok", "", "", charset="latin-1"),
            SUCCESS,
            NONE,
        ),
        "Outlook": (
            of_parts(
                TEXT + "The backup has completed\r\nsuccessfully\r\n",
                'Content-Type: text/html; charset="iso-8859-1"\r\n'
                "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                '<html xmlns:o=3D"urn:schemas-microsoft-com:office:office"><head><style><!--\r\n'
                "/* FAILED */--></style><!--[if gte mso 9]><xml>FAILED</xml><![endif]--></head>\r\n"
                '<body lang=3D"DE"><p class=3D"MsoNormal">The backup has completed&nbsp;succ=\r\n'
                "essfully<o:p></o:p></p></body></html>\r\n",
                kind="alternative",
            ),
            NONE,
            SUCCESS,
        ),
        "Exchange, in its own format": (
            of_parts(
                TEXT + "The backup FAILED\r\n",
                'Content-Type: application/ms-tnef; name="winmail.dat"\r\n'
                'Content-Disposition: attachment; filename="winmail.dat"\r\n'
                "Content-Transfer-Encoding: base64\r\n\r\neJ8+IgEQAQaQCAAEAAAAAAABAAEAAQeQBgAI\r\n",
            ),
            NONE,
            FAIL,
        ),
        "Thunderbird": (
            lines(
                "Subject: Re: backup",
                "MIME-Version: 1.0",
                "User-Agent: Mozilla Thunderbird",
                "Content-Type: text/plain; charset=UTF-8; format=flowed",
                "Content-Transfer-Encoding: 7bit",
                "",
                "The backup of the web server has finished, and it has completed ",
                "successfully, as one would wish.",
                "-- ",
                "root",
            ),
            NONE,
            SUCCESS,
        ),
        "text that flows without spaces": (
            lines(
                "Subject: Report",
                "Content-Type: text/plain; format=Flowed; DelSp=Yes",
                "",
                "It has completed success ",
                "fully.",
            ),
            NONE,
            SUCCESS,
        ),
        "a signature is none of the text that flows": (
            lines(
                "Subject: Report",
                "Content-Type: text/plain; format=flowed",
                "",
                "it completed",
                "-- ",
                "successfully",
            ),
            NONE,
            NONE,
        ),
        "Gmail": (
            of_parts(
                'Content-Type: text/plain; charset="UTF-8"\r\n'
                "Content-Transfer-Encoding: base64\r\n\r\n"
                + base64.encodebytes("größe ok\r\n".encode()).decode(),
                'Content-Type: text/html; charset="UTF-8"\r\n'
                "Content-Transfer-Encoding: base64\r\n\r\n"
                + base64.encodebytes('<div dir="ltr">größe ok</div>\r\n'.encode()).decode(),
                kind="alternative",
            ),
            NONE,
            SUCCESS,
        ),
        "forwarded within the text": (
            lines(
                "Subject: Fwd: Cron <root@web1> backup",
                "",
                "---------- Forwarded message ---------",
                "From: root <root@web1>",
                "Subject: Cron <root@web1> backup",
                "",
                "> The backup FAILED",
            ),
            NONE,
            FAIL,
        ),
        "forwarded as a file": (
            of_parts(
                TEXT + "See the attached mail.\r\n",
                'Content-Type: message/rfc822; name="Report.eml"\r\n'
                'Content-Disposition: attachment; filename="Report.eml"\r\n\r\n'
                "Subject: FAILED\r\n\r\nThe backup has completed successfully\r\n",
            ),
            NONE,
            SUCCESS,
        ),
        "an enclosed mail that is encoded": (
            of_parts(
                "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + base64.encodebytes(of_parts(TEXT + "has started\r\n", ATTACHED)).decode()
            ),
            NONE,
            START,
        ),
        "a digest": (
            of_parts(
                "\r\nSubject: FAILED\r\n\r\nhas started\r\n",
                "Content-Type: message/rfc822\r\n\r\nSubject: FAILED\r\n\r\n"
                "completed successfully\r\n",
                kind="digest",
            ),
            NONE,
            SUCCESS,
        ),
        "signed with S/MIME": (
            of_parts(
                TEXT + BODY_OF_DONE,
                "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\nRkFJTEVE\r\n",
                kind="signed",
                more='; protocol="application/pkcs7-signature"; micalg=sha-256',
            ),
            NONE,
            SUCCESS,
        ),
        "signed with PGP in the text": (
            lines(
                "Subject: Report",
                "",
                "-----BEGIN PGP SIGNED MESSAGE-----",
                "Hash: SHA256",
                "",
                "- - The backup FAILED",
                "-----BEGIN PGP SIGNATURE-----",
            ),
            NONE,
            FAIL,
        ),
        "encrypted": (
            of_parts(
                "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
                "Content-Type: application/octet-stream\r\n\r\nFAILED\r\n",
                kind="encrypted",
            ),
            NONE,
            NONE,
        ),
        "a failed delivery, of Postfix": (
            of_parts(
                TEXT + "I'm sorry to have to inform you: delivery FAILED\r\n",
                "Content-Type: message/delivery-status\r\n\r\n"
                "Reporting-MTA: dns; mail\r\n\r\nAction: failed\r\n",
                "Content-Type: message/rfc822\r\n\r\nSubject: Report\r\n\r\nhas started\r\n",
                kind="report",
                subject="Undelivered Mail Returned to Sender",
                more="; report-type=delivery-status",
            ),
            NONE,
            FAIL,
        ),
        "an invitation": (
            of_parts(
                TEXT + "has started\r\n",
                "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n"
                "SUMMARY:backup\r\n",
                kind="alternative",
            ),
            NONE,
            START,
        ),
        "rsnapshot": (
            lines(
                "Subject: Cron <root@nas> rsnapshot daily",
                "",
                "rsnapshot encountered an error! The program",
                "was invoked with these options:",
                "ERROR: /usr/bin/rsync FAILED with 12",
                end="\n",
            ),
            NONE,
            FAIL,
        ),
        "Veeam": (
            html(
                '<html><body><table><tr><td bgcolor="#00B050"><div>Backup job: web1</div></td>'
                ""
                "<td>Success</td></tr><tr><td>completed</td><td>successfully</td></tr></table></body></html>",
                "[Success] Backup job: web1",
            ),
            NONE,
            SUCCESS,
        ),
        "Synology": (
            lines(
                "Subject: =?UTF-8?B?W25hc10gSHlwZXIgQmFja3VwIGhhcyBjb21wbGV0ZWQgc3VjY2Vzc2Z1bGx5?=",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: base64",
                "",
                base64.encodebytes(b"Dear user,\n\nthe backup task has started.").decode(),
            ),
            SUCCESS,
            START,
        ),
        "QNAP": (
            of_parts(
                'Content-Type: text/html;\r\n\tcharset="utf-8"\r\n\r\n'
                "<pre>NAS Name: nas\nSeverity: Error\n"
                "[Backup] Job FAILED</pre>\r\n",
                kind="mixed",
            ),
            NONE,
            FAIL,
        ),
        "Acronis": (
            html(
                "<h1>Backup of <b>web1</b></h1><p>Status:&#32;completed&#x20;success<wbr>fully</p>"
            ),
            NONE,
            SUCCESS,
        ),
        "Bacula": (
            lines(
                "Subject: Bacula: Backup OK of web1-fd Incremental",
                "",
                "  Elapsed time:           1 min 2 secs",
                "  Termination:            Backup completed successfully",
                end="\n",
            ),
            NONE,
            SUCCESS,
        ),
        "Proxmox": (
            of_parts(
                'Content-Type: text/plain;\r\n\tcharset="UTF-8"\r\n'
                "Content-Transfer-Encoding: 8bit\r\n\r\n"
                "Detailed backup logs:\r\n\r\nINFO: Backup job has completed successfully\r\n",
                'Content-Type: text/html;\r\n\tcharset="UTF-8"\r\n\r\n<html><body><pre>'
                "INFO: Backup job has completed successfully</pre></body></html>\r\n",
                kind="alternative",
                subject="vzdump backup status (pve): backup FAILED",
            ),
            FAIL,
            SUCCESS,
        ),
        "Windows Server Backup": (
            lines(
                "Subject: Backup FAILED",
                "Content-Type: text/html; charset=utf-16",
                "Content-Transfer-Encoding: base64",
                "",
                base64.encodebytes("<p>completed successfully</p>".encode("utf-16")).decode(),
            ),
            FAIL,
            SUCCESS,
        ),
        "PowerShell": (
            lines(
                "MIME-Version: 1.0",
                "Subject: =?us-ascii?Q?Job_FAILED?=",
                "Content-Type: text/plain; charset=us-ascii",
                "Content-Transfer-Encoding: quoted-printable",
                "",
                "Backup =3D completed successfully=0D=0A",
            ),
            FAIL,
            SUCCESS,
        ),
        "GitLab": (
            of_parts(
                "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
                "Pipeline #1 has passed and completed successfully!\r\n",
                "Content-Type: text/html; charset=UTF-8\r\n"
                "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                '<a href=3D"https://gitlab.example.com/?x=FAILED">#1</a> completed '
                "<span>successfully</span>\r\n",
                kind="alternative",
            ),
            NONE,
            SUCCESS,
        ),
        "mdadm": (
            lines(
                "From: mdadm monitoring <root@nas>",
                "Subject: Fail event on /dev/md0:nas",
                "",
                "This is an automatically generated mail message.",
                "It could be related to component device FAILED.",
                end="\n",
            ),
            NONE,
            FAIL,
        ),
    }


def _of_parts() -> dict[str, Shape]:
    return {
        "a keyword over a soft line break": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: Quoted-Printable",
                "",
                "comple=",
                "ted succ=  ",
                "essfully",
            ),
            NONE,
            SUCCESS,
        ),
        "quoted-printable that is none": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: quoted-printable",
                "",
                "100 %=ZZ = FAILED=",
            ),
            NONE,
            FAIL,
        ),
        "base64 with a footer": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: BASE64",
                "",
                "Y29tcGxldGVkIHN1Y2Nlc3NmdWxseQ==",
                "-- ",
                "mailing list",
                end="\n",
            ),
            NONE,
            SUCCESS,
        ),
        "base64 with a footer that says more": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: base64",
                "",
                "Y29tcGxldGVkIHN1Y2Nlc3NmdWxseQ==",
                "-- ",
                "FAILED",
                end="\n",
            ),
            NONE,
            FAIL,
        ),
        "base64 in one line, which a mail server has broken": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: base64",
                "",
                LONG_BASE64[:990] + "!",
                " " + LONG_BASE64[990:],
            ),
            NONE,
            FAIL,
        ),
        "base64 with zeros in it": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: base64",
                "",
                LONG_BASE64[:100] + "\0\0" + LONG_BASE64[100:],
            ),
            NONE,
            FAIL,
        ),
        "base64 with a footer that has long words": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: base64",
                "",
                "Y29tcGxldGVkIHN1Y2Nlc3NmdWxseS4u",
                "_______________________________________________",
                "Donaudampfschifffahrtsgesellschaft FAILED",
            ),
            NONE,
            FAIL,
        ),
        "base64 without its end": (
            lines(
                "Subject: Report",
                'Content-Transfer-Encoding: "base64"',
                "",
                "RkFJTEV",
                "E=",
                end="\n",
            ),
            NONE,
            FAIL,
        ),
        "base64 that is none": (
            lines(
                "Subject: Report", "Content-Transfer-Encoding: base64", "", "<> the backup FAILED!"
            ),
            NONE,
            FAIL,
        ),
        "base64 with one digit too many": (
            lines("Subject: Report", "Content-Transfer-Encoding: base64", "", "RkFJTEVEA"),
            NONE,
            FAIL,
        ),
        "a transfer encoding with a comment": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: (as ever) Base64 (MIME)",
                "",
                "RkFJTEVE",
            ),
            NONE,
            FAIL,
        ),
        "a transfer encoding with a parameter": (
            lines(
                "Subject: Report",
                "Content-Transfer-Encoding: Quoted_Printable; charset=utf-8",
                "",
                "FAI=",
                "LED",
            ),
            NONE,
            FAIL,
        ),
        "an unknown transfer encoding": (
            lines("Subject: Report", "Content-Transfer-Encoding: x-none", "", "FAILED"),
            NONE,
            FAIL,
        ),
        "the last boundary is missing": (
            of_parts(TEXT + BODY_OF_DONE).partition(b"\r\n--=_b 1--")[0],
            NONE,
            SUCCESS,
        ),
        "all boundaries are missing": (
            lines("Subject: Report", 'Content-Type: multipart/mixed; boundary="b"', "", "FAILED"),
            NONE,
            FAIL,
        ),
        "a boundary that is not said": (
            lines(
                "Subject: Report", "Content-Type: multipart/mixed", "", "--b", "", "FAILED", "--b--"
            ),
            NONE,
            FAIL,
        ),
        "boundaries that begin alike": (
            of_parts(
                'Content-Type: multipart/alternative; boundary="=_b 12"\r\n\r\n'
                "--=_b 12\r\n\r\nhas started\r\n"
                "--=_b 12\r\nContent-Disposition: attachment\r\n\r\nFAILED\r\n--=_b 12--\r\n",
                ATTACHED,
            ),
            NONE,
            START,
        ),
        "spaces after a boundary": (
            of_parts(TEXT + BODY_OF_DONE, ATTACHED).replace(b"--=_b 1\r\n", b"--=_b 1 \t\r\n"),
            NONE,
            SUCCESS,
        ),
        "a part without any line": (of_parts("", TEXT + BODY_OF_DONE, ""), NONE, SUCCESS),
        "no part": (of_parts(), NONE, NONE),
        "a part without an empty line": (
            of_parts("Content-Type: text/plain\r\nFAILED"),
            NONE,
            FAIL,
        ),
        "parts within parts": (
            of_parts(
                "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n"
                "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
                + TEXT
                + "has started\r\n--a\r\n"
                + HTML
                + "<p>completed successfully</p>\r\n--a--\r\n--r\r\nContent-Type: image/png\r\n\r\n"
                "FAILED\r\n--r--\r\n",
                ATTACHED,
            ),
            NONE,
            SUCCESS,
        ),
        "parameters in pieces": (
            lines(
                "Subject: Report",
                "Content-Type: multipart/mixed;",
                " boundary*0=ab;",
                " boundary*1=cd",
                "",
                "--abcd",
                "Content-Type: text/plain; charset*=us-ascii'en'koi8-r",
                "",
                "успешно",
                "--abcd",
                "Content-Disposition: attachment;",
                " filename*0*=UTF-8''%C3%A9chec; filename*1=.log",
                "",
                "FAILED",
                "--abcd--",
                charset="koi8-r",
            ),
            NONE,
            SUCCESS,
        ),
        "parameters in pieces that do not fit": (
            lines(
                "Subject: Report",
                "Content-Type: text/plain; charset*=utf-8''utf-8; charset*0=x",
                "",
                "FAILED",
            ),
            NONE,
            FAIL,
        ),
        "a file shown within the text": (
            of_parts(
                TEXT + "The log:\r\n",
                'Content-Type: text/x-log; name="a.log"\r\n'
                'Content-Disposition: inline; filename="a.log"\r\n\r\n'
                "the backup FAILED\r\n",
            ),
            NONE,
            FAIL,
        ),
        "an attachment in capitals": (
            of_parts(TEXT + BODY_OF_DONE, "Content-Disposition: ATTACHMENT\r\n\r\nFAILED\r\n"),
            NONE,
            SUCCESS,
        ),
        "a type that is none": (
            lines("Subject: Report", "Content-Type: text", "", "FAILED"),
            NONE,
            FAIL,
        ),
        "a type with a comment": (
            lines(
                "Subject: Report",
                "Content-Type: (of the report) text/html (HTML); charset=koi8-r (Russian)",
                "",
                "<b>усп</b>ешно",
                charset="koi8-r",
            ),
            NONE,
            SUCCESS,
        ),
        "a type with spaces": (
            lines(
                "Subject: Report", "Content-Type: Text / HTML; charset=utf-8", "", "<b>FAI</b>LED"
            ),
            NONE,
            FAIL,
        ),
        "a type without its semicolon": (
            lines(
                "Subject: Report",
                "Content-Type: multipart/mixed boundary=b",
                "",
                "--b",
                "",
                "has started",
                "--b",
                ATTACHED,
                "--b--",
            ),
            NONE,
            START,
        ),
        "an empty type": (
            lines("Subject: Report", "Content-Type: ; charset=utf-8", "", "FAILED"),
            NONE,
            FAIL,
        ),
        "two types": (
            lines(
                "Subject: Report",
                "Content-Type: text/plain",
                "Content-Type: image/png",
                "",
                "FAILED",
            ),
            NONE,
            FAIL,
        ),
        "HTML, inline elements within a word": (
            html("<p>comp<b>let</b>ed suc<!-- FAILED -->cess<span style='x'>fully</span>"),
            NONE,
            SUCCESS,
        ),
        "HTML, words apart by elements": (
            html("<ul><li>completed<li>successfully</ul>"),
            NONE,
            SUCCESS,
        ),
        "HTML, words apart by a break": (html("completed<br/>successfully"), NONE, SUCCESS),
        "HTML, cells are words": (html("<table><tr><td>FAI<td>LED</table>"), NONE, NONE),
        "HTML, spaces of all kinds": (
            html("<p>completed \r\n\t&nbsp;&#160;\u2003 successfully"),
            NONE,
            SUCCESS,
        ),
        "HTML, entities": (html("<p>gr&ouml;&szlig;e ok", charset="us-ascii"), NONE, SUCCESS),
        "HTML, entities without their end": (html("<p>5 &euro; &amp &copy"), NONE, SUCCESS),
        "HTML, soft hyphens": (html("<p>completed success&shy;fully &#8203;"), NONE, SUCCESS),
        "HTML, what is not shown": (
            html(
                "<head><title>FAILED</title><script>if (1 < 2) "
                "'FAILED'</script><style>FAILED</style></head>"
                "<template>FAILED</template><a href='FAILED' title='a > FAILED'>has started</a>"
            ),
            NONE,
            START,
        ),
        "HTML, a script without its end": (html("has started<script>FAILED"), NONE, START),
        "HTML, empty comments": (html("has<!-->&#32;<!--->st<!-- FAILED --!>arted"), NONE, START),
        "HTML, what only some programs show": (
            html("<!--[if mso]>FAILED<![endif]--><!--[if !mso]><!-->has started<!--<![endif]-->"),
            NONE,
            START,
        ),
        "HTML, a comment without its end": (html("has started<!-- FAILED"), NONE, START),
        "HTML, a tag without its end": (html("has started <p class='FAILED"), NONE, START),
        "HTML, what looks like a tag": (html("<pre>a < b and b > c: FAILED</pre>"), NONE, FAIL),
        "HTML, in capitals and without a head": (html("<P>THE BACKUP<BR>FAILED"), NONE, FAIL),
        "HTML that is only text": (html("FAILED"), NONE, FAIL),
        "HTML that says its character set itself": (
            b"Subject: Report\nContent-Type: text/html\n\n"
            + '<meta http-equiv="Content-Type" content="text/html; '
            'charset=koi8-r"><p>успешно'.encode("koi8-r"),
            NONE,
            SUCCESS,
        ),
        "HTML of XML": (
            html(
                '<?xml version="1.0"?><!DOCTYPE html><html '
                'xmlns="http://www.w3.org/1999/xhtml"><body>'
                "<p>completed<br />successfully</p></body></html>"
            ),
            NONE,
            SUCCESS,
        ),
        "HTML with a large image in it": (
            html(f'<p>completed <img src="data:image/png;base64,{"A" * 300_000}">successfully'),
            NONE,
            SUCCESS,
        ),
        "HTML, long": (
            html("<div>word</div>" * 5000 + "completed suc<b>cess</b>fully"),
            NONE,
            SUCCESS,
        ),
        "HTML for animated mails": (
            b"Subject: Report\nContent-Type: text/x-amp-html\n\n<style "
            b"amp4email>FAILED</style>has started",
            NONE,
            START,
        ),
        "a text that looks like HTML": (
            lines(
                "Subject: Report", "", "<p>completed</p> <b>success</b>fully &amp; <!-- FAILED -->"
            ),
            NONE,
            FAIL,
        ),
        "a long log that ends well": (
            b"Subject: Report\n\n" + b"copying a file\n" * 400_000 + b"completed successfully\n",
            NONE,
            SUCCESS,
        ),
        "zeros": (b"Subject: Re\0port\n\n\0\0FAILED\0", NONE, FAIL),
        "nothing": (b"", NONE, NONE),
        "line breaks only": (b"\n\n\n\r\n", NONE, NONE),
    }


SHAPES: dict[str, Shape] = {
    **_made_by_the_standard_library(),
    **_in_character_sets(),
    **_of_programs(),
    **_of_parts(),
}
