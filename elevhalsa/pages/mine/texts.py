"""Whole sentences about a pupil's own knock that have one of our words in them: in another language
the word bends what stands around it."""

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import SCHOOL_WALLS, Profession, Wall
from elevhalsa.domain.disclosure.words import Asker, Outcome
from elevhalsa.domain.knocks.words import Way

HAS_READ = "has read"
HAS_TAKEN = "has taken"
HAS_BEEN_IN_TOUCH = "has been in touch"
AS_CHOSEN = "as chosen"
CROSSED = "crossed"
READS_NOW = "reads now"
COVERS = "covers"
IS_BACK = "is back"
ASKED = "asked"
GOT = "got"

labels.give(
    Asker,
    {
        Asker.PUPIL: _l("Du bad att få se det som står här."),
        Asker.GUARDIAN: _l("En vårdnadshavare bad att få se det som står här."),
        Asker.AUTHORITY: _l("En myndighet bad att få se det som står här."),
        Asker.ANYBODY: _l("Någon bad att få se det som står här."),
    },
    group=ASKED,
)

labels.give(
    Outcome,
    {
        Outcome.GIVEN: _l("Vi lämnade ut det."),
        Outcome.PARTLY: _l("Vi lämnade ut en del av det."),
        Outcome.REFUSED: _l("Vi lämnade inte ut något."),
    },
    group=GOT,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterskan har läst"),
        Profession.DOCTOR: _l("Skolläkaren har läst"),
        Profession.COUNSELLOR: _l("Kuratorn har läst"),
        Profession.PSYCHOLOGIST: _l("Skolpsykologen har läst"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagogen har läst"),
        Profession.SOCIAL_WORKER: _l("Personen från socialtjänsten har läst"),
        Profession.HEALTH_WORKER: _l("Personen från vården har läst"),
        Profession.PRESCHOOL_TEACHER: _l("Förskolläraren har läst"),
        Profession.LEADER: _l("Ledaren har läst"),
        None: _l("Skolsköterskan eller kuratorn har läst"),
    },
    group=HAS_READ,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterskan har tagit emot"),
        Profession.DOCTOR: _l("Skolläkaren har tagit emot"),
        Profession.COUNSELLOR: _l("Kuratorn har tagit emot"),
        Profession.PSYCHOLOGIST: _l("Skolpsykologen har tagit emot"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagogen har tagit emot"),
        Profession.SOCIAL_WORKER: _l("Personen från socialtjänsten har tagit emot"),
        Profession.HEALTH_WORKER: _l("Personen från vården har tagit emot"),
        Profession.PRESCHOOL_TEACHER: _l("Förskolläraren har tagit emot"),
        Profession.LEADER: _l("Ledaren har tagit emot"),
        None: _l("Skolsköterskan eller kuratorn har tagit emot"),
    },
    group=HAS_TAKEN,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterskan på %(school)s har hört av sig"),
        Profession.DOCTOR: _l("Skolläkaren på %(school)s har hört av sig"),
        Profession.COUNSELLOR: _l("Kuratorn på %(school)s har hört av sig"),
        Profession.PSYCHOLOGIST: _l("Skolpsykologen på %(school)s har hört av sig"),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagogen på %(school)s har hört av sig"),
        Profession.SOCIAL_WORKER: _l("Personen från socialtjänsten på %(school)s har hört av sig"),
        Profession.HEALTH_WORKER: _l("Personen från vården på %(school)s har hört av sig"),
        Profession.PRESCHOOL_TEACHER: _l("Förskolläraren på %(school)s har hört av sig"),
        Profession.LEADER: _l("Ledaren på %(school)s har hört av sig"),
        None: _l("Skolsköterskan eller kuratorn på %(school)s har hört av sig"),
    },
    group=HAS_BEEN_IN_TOUCH,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("En annan skolsköterska svarar dig nu. Den du hade är borta en tid."),
        Profession.DOCTOR: _l("En skolläkare svarar dig nu. Den du hade är borta en tid."),
        Profession.COUNSELLOR: _l("En annan kurator svarar dig nu. Den du hade är borta en tid."),
        Profession.PSYCHOLOGIST: _l("En skolpsykolog svarar dig nu. Den du hade är borta en tid."),
        Profession.SPECIAL_EDUCATOR: _l(
            "En specialpedagog svarar dig nu. Den du hade är borta en tid."
        ),
        Profession.SOCIAL_WORKER: _l(
            "En annan från socialtjänsten svarar dig nu. Den du hade är borta en tid."
        ),
        Profession.HEALTH_WORKER: _l(
            "En annan från vården svarar dig nu. Den du hade är borta en tid."
        ),
        Profession.PRESCHOOL_TEACHER: _l(
            "En annan förskollärare svarar dig nu. Den du hade är borta en tid."
        ),
        Profession.LEADER: _l("En annan ledare svarar dig nu. Den du hade är borta en tid."),
        None: _l("Den du hade är borta en tid. En annan av oss svarar dig."),
    },
    group=COVERS,
)

labels.give(
    Profession,
    {
        Profession.NURSE: _l("Skolsköterskan är tillbaka och svarar dig igen."),
        Profession.DOCTOR: _l("Skolläkaren är tillbaka och svarar dig igen."),
        Profession.COUNSELLOR: _l("Kuratorn är tillbaka och svarar dig igen."),
        Profession.PSYCHOLOGIST: _l("Skolpsykologen är tillbaka och svarar dig igen."),
        Profession.SPECIAL_EDUCATOR: _l("Specialpedagogen är tillbaka och svarar dig igen."),
        Profession.SOCIAL_WORKER: _l(
            "Personen från socialtjänsten är tillbaka och svarar dig igen."
        ),
        Profession.HEALTH_WORKER: _l("Personen från vården är tillbaka och svarar dig igen."),
        Profession.PRESCHOOL_TEACHER: _l("Förskolläraren är tillbaka och svarar dig igen."),
        Profession.LEADER: _l("Ledaren är tillbaka och svarar dig igen."),
        None: _l("Den du hade är tillbaka och svarar dig igen."),
    },
    group=IS_BACK,
)

labels.give(
    Wall,
    {
        Wall.MEDICAL: _l("Flyttad till skolsköterskan"),
        Wall.PSYCHOSOCIAL: _l("Flyttad till kuratorn"),
    },
    group=CROSSED,
    only=SCHOOL_WALLS,
)

labels.give(
    Wall,
    {
        Wall.MEDICAL: _l(
            "Nu är det skolsköterskan som läser och svarar. Kuratorn kan inte läsa längre."
        ),
        Wall.PSYCHOSOCIAL: _l(
            "Nu är det kuratorn som läser och svarar. Skolsköterskan kan inte läsa längre."
        ),
    },
    group=READS_NOW,
    only=SCHOOL_WALLS,
)

labels.give(
    Way,
    {
        Way.SMS: _l("Så som du valde: sms."),
        Way.CALL: _l("Så som du valde: samtal."),
        Way.EMAIL: _l("Så som du valde: e-post."),
        Way.MEET: _l("Så som du valde: möt mig på skolan."),
    },
    group=AS_CHOSEN,
    only=[way for way in Way if way is not Way.APP],
)
