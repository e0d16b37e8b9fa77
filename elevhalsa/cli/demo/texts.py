"""What is said in the demo: short, plausible, without names."""

from elevhalsa.core.walls import Profession

PUPIL: dict[Profession | None, tuple[str, ...]] = {
    Profession.NURSE: (
        "Jag sover dåligt och vill prata med någon.",
        "Jag har ont i magen nästan varje morgon.",
        "Jag undrar över en sak med min kropp.",
        "Jag har ofta ont i huvudet efter lunch.",
        "Jag behöver fråga om en vaccination.",
        "Jag orkar inte äta i skolan.",
        "Min allergi har blivit värre. Vem ska jag prata med?",
    ),
    Profession.COUNSELLOR: (
        "Jag är ensam på rasterna.",
        "Det är bråk i klassen och jag vet inte vad jag ska göra.",
        "Jag är orolig hela tiden.",
        "Det är jobbigt hemma. Jag vill prata med någon.",
        "Jag har svårt att gå till skolan.",
        "En kompis mår dåligt. Hur hjälper jag?",
        "Jag blir så stressad av alla prov.",
    ),
    None: (
        "Jag vill bara prata med någon vuxen.",
        "Jag vet inte riktigt vem jag ska fråga.",
        "Jag är trött hela tiden och ingenting är kul.",
    ),
}

ANSWERS = (
    "Hej! Tack för att du knackade. Jag har läst och vill gärna prata med dig. Hur har du det nu?",
    "Hej! Bra att du hörde av dig. Vill du berätta lite mer här, eller ska vi ses?",
    "Hej! Det där är fler som känner. Vi kan prata här, på telefon eller på skolan. Du väljer.",
)

PUPIL_REPLIES = (
    "Tack. Vi kan ses, men inte på rasten.",
    "Det är lite bättre i dag. Jag vill ändå prata.",
    "Kan vi skriva här först?",
)

STAFF_REPLIES = (
    "Absolut. Vi gör som du vill. Jag finns här.",
    "Bra att du säger det. Vi bestämmer tillsammans hur vi gör.",
)

SAFE_TIMES = (
    "Efter kl. 15, då är jag själv.",
    "På lunchen, jag sitter utanför biblioteket.",
    "Tisdag och torsdag efter sista lektionen.",
)

CLASSES = ("4A", "5B", "6A", "7B", "8C", "9A")

ROOMS = ("Grupprum 2, bredvid biblioteket", "Elevhälsans rum på plan 1", "Vid stora entrén")
