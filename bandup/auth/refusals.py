"""Errors of access and of the sign-in setup. Each message says what to do."""

from typing import ClassVar, Literal

from data.errors import DataError


class Refused(DataError):
    """The current person may not see what they asked for. `title` is the heading of the page that shows the message.

    `offers`: the button on that page, `sign_in`, `sign_out` or none.
    """

    title: ClassVar[str] = "Not for you"
    offers: ClassVar[Literal["sign_in", "sign_out", ""]] = ""


class NotSignedIn(Refused):
    """Nobody is signed in."""

    title = "Sign in"
    offers = "sign_in"
    sentence = "Students’ work and results are only for their teachers and for the people who run the service."


class SignInExpired(Refused):
    """The sign-in is older than the rules allow, or has no time."""

    title = "Your sign-in has expired"
    offers = "sign_in"
    sentence = "Sign in again to go on where you were."


class NoRole(Refused):
    """A signed-in person to whom the rules give no role. `name`: from the provider."""

    title = "No access yet"
    offers = "sign_out"
    sentence = (
        "You are signed in as {name}, {reason}: ask the person who runs this dashboard to give it the role of a teacher "
        "or of ops, or sign out and sign in as somebody else."
    )

    def __init__(self, name: str, *, unverified: bool) -> None:
        reason = "but the provider has not verified this e-mail" if unverified else "and this name has no role here"
        super().__init__(name=name, reason=reason)


class WrongRole(Refused):
    """A signed-in person asked for a page or data of another role. `audience`: the people it is for."""

    sentence = "This page is for {audience}: ask the person who runs this dashboard if you should have that role."


class NoStudents(Refused):
    """A teacher without students in the roster."""

    title = "No students yet"
    sentence = (
        "The roster of this dashboard names no student for {name}: ask the person who keeps it to add your students."
    )


class NotYours(Refused):
    """A teacher asked for a student who is not theirs in the roster. Does not reveal whether such a student exists."""

    title = "Not among your students"
    sentence = (
        "The roster of this dashboard does not name this student for you. The address may be mistyped; if the student is "
        "yours, ask the person who keeps the roster to add them."
    )


class NotYourDownload(Refused):
    """A session asked for a download that another session offers, or that its page no longer offers."""

    sentence = "This page does not offer this download any more: reload it, then download again."


class SecretsUnreadable(DataError):
    """There is a secrets file, which may ask for sign-in, and it can't be read."""

    sentence = (
        "The secrets file can't be read, so it is unknown whether sign-in is required: correct it, then start again."
    )


class SignInMissing(DataError):
    """A dashboard without sign-in would be open to other machines. `variable` is the one that allows it."""

    sentence = (
        "This dashboard has no sign-in and would be open to other machines: add [auth] and [roles] to the secrets as the "
        'README says under "For a whole school", listen to 127.0.0.1 only (server.address), or, if something else keeps '
        "strangers out, set {variable}=yes."
    )


class HostNotAllowed(DataError):
    """A request names a host that is not in `server.allowedHosts`."""

    sentence = "This dashboard does not answer to this host name: name it in --server.allowedHosts, as the README says."


class SignInUnusable(DataError):
    """Sign-in is required and does not work as it is set up. `what`: what to correct."""

    sentence = "Sign-in can't be offered as it is set up: {what}"


class RolesUnusable(DataError):
    """The rules that say who has which role can't be understood. `what`: what is wrong with them."""

    sentence = "Nobody gets in, because [roles] in the secrets can't be used: {what}. Correct it, then reload."


class RosterUnusable(DataError):
    """The list of each teacher's students can't be read. `what`: what is wrong with it."""

    sentence = "Nobody gets in, because the roster {name} can't be used: {what}. Correct it, then reload."


class AccessLogUnusable(DataError):
    """The access log can't be written."""

    sentence = (
        "DASHBOARD_ACCESS_LOG can't be written ({detail}): nothing of a student is shown without a line in it. Ask the "
        "person who runs this dashboard to correct or unset it; the dashboard goes on as soon as it can write."
    )
