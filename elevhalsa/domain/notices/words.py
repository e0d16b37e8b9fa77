"""The words that a notice's columns may hold."""

from enum import StrEnum


class Channel(StrEnum):
    APP = "app"
    EMAIL = "email"
    PUSH = "push"
    SMS = "sms"


class Audience(StrEnum):
    """To whom a kind of notice speaks."""

    PUPIL = "pupil"
    STAFF = "staff"
    COORDINATOR = "coordinator"


class Reason(StrEnum):
    """Why something could not be sent, as a coordinator is told it (``rules.reason_of``)."""

    ADDRESS = "address"
    REFUSED = "refused"
    SETUP = "setup"
    CAP = "cap"
    COUNTRY = "country"
    TOO_LATE = "too_late"
    AWAY = "away"
    FAULT = "fault"
    UNKNOWN = "unknown"
    """Nobody knows if it left, so it is never sent again."""


class Kind(StrEnum):
    """What happened. What each is, and to whom: ``kinds``."""

    NEW_KNOCK = "new_knock"
    DANGER = "danger"
    FOLLOW_UP = "follow_up"
    JOURNAL_DUE = "journal_due"
    REVEALED = "revealed"
    REVIEW_WAITS = "review_waits"
    TELLING_NEAR = "telling_near"
    STILL_WAITS = "still_waits"
    SUMMARY = "summary"
    MANY_ALIKE = "many_alike"
    HANDED_OVER = "handed_over"
    HAND_OVER_UNDONE = "hand_over_undone"
    TAKEN_OVER = "taken_over"
    PUPIL_WROTE = "pupil_wrote"
    WAITS_FOR_ANSWER = "waits_for_answer"
    MEETING_ANSWER = "meeting_answer"
    ATTEMPT_DUE = "attempt_due"
    PROMISE_LATE = "promise_late"
    GUARANTEE_NEAR = "guarantee_near"
    GUARANTEE_LATE = "guarantee_late"
    CONTACT_CHANGED = "contact_changed"
    BECAME_KNOWN = "became_known"
    WITHDRAWN = "withdrawn"
    CONSULTATION_NEW = "consultation_new"
    CONSULTATION_WAITS = "consultation_waits"
    CONSULTATION_LATE = "consultation_late"
    CONSULTATION_FOLLOW_UP = "consultation_follow_up"
    CONSULTATION_WITHDRAWN = "consultation_withdrawn"
    CONSULTATION_TAKEN_OVER = "consultation_taken_over"
    COVER_ASKED = "cover_asked"
    COVER_ANSWERED = "cover_answered"
    COVER_BEGINS = "cover_begins"
    COVER_BACK = "cover_back"
    COVER_ENDED = "cover_ended"
    COVER_LOST = "cover_lost"
    SMS_STOPPED = "sms_stopped"
    NOBODY_HOME = "nobody_home"
    SIGN_IN_LINK = "sign_in_link"
    KEY_ADDED = "key_added"
    KEYS_REVOKED = "keys_revoked"
    DUTY_NAMED = "duty_named"
    DUTY_ENDED = "duty_ended"
    DUTY_CHANGED = "duty_changed"
    LOG_SEAL = "log_seal"
    ACCOUNT_TIED = "account_tied"
    ANSWER = "answer"
    MEETING_PROPOSED = "meeting_proposed"
    MEETING_SOON = "meeting_soon"
    MEETING_CANCELLED = "meeting_cancelled"
