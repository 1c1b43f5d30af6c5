"""The words of the demo's courses and of its mentors, in Norwegian as everything in the demo."""

REFRESHER = (
    "oppfrisking",
    "Oppfriskingskurs for likepersoner",
    "Tre korte leksjoner om å være til stede for andre: hva en likeperson er, hvordan du fører en god samtale, og hvor "
    "grensene går. Beregn en time. Når kurset er gjennomført, blir kursbeviset ditt fornyet.",
)
LESSONS = (
    (
        "Å være likeperson",
        "En likeperson har kjent det på kroppen. Det er det du gir: ikke råd, men erfaring.\n\n"
        "Du skal ikke behandle, og du skal ikke ha svar på alt. Du skal være et medmenneske som vet hvordan det kan "
        "være.\n\nTenk på den første gangen du selv snakket med en som hadde det som deg. Hva betydde det?",
    ),
    (
        "Den gode samtalen",
        "Se filmen i ditt eget tempo. Stopp gjerne ved stedene som er merket av, og skriv ned det du tenker.\n\n"
        "Du kan spørre om alt. Koordinatoren din svarer.",
    ),
    (
        "Grenser og taushetsplikt",
        "Det du får vite, blir hos deg. Det gjelder også navn, adresse og at dere i det hele tatt kjenner hverandre."
        "\n\nDet finnes unntak: Er det fare for liv og helse, skal du si fra. Snakk med koordinatoren din først hvis "
        "det er tid til det, og ring 113 når det ikke er det.\n\nSvar på spørsmålene til slutt.",
    ),
)
VIDEO_TITLE = "Den gode samtalen"
CHECKPOINTS = (
    (93, "Hvordan viser du at du lytter?"),
    (217, "Hvem kan du vise videre til der du bor?"),
    (320, "Hva gjør du når du blir bekymret?"),
)
TRANSCRIPT = (
    "Den gode samtalen. En samtale bygges som en varde: stein for stein.\n\n"
    "Gi deg tid. Kom i god tid, og legg bort telefonen.\n\n"
    "Begynn enkelt. Et vanlig spørsmål er nok: Hvordan har uka vært?\n\n"
    "Lytt. La den andre snakke ferdig. Stillhet er lov.\n\n"
    "Si det med egne ord. Gjenta det du har hørt. Da kan den andre rette på deg.\n\n"
    "Din egen erfaring. Fortell om deg selv når det hjelper den andre.\n\n"
    "Spør åpent. Hva har hjulpet deg før?\n\n"
    "Vis videre. Du er ikke behandler. Hjelp den andre dit hjelpen er.\n\n"
    "Når det blir tungt. Ta en pause. Det er lov å si at dette er vanskelig.\n\n"
    "Grensene dine. Avtal når du kan nås, og når du ikke kan.\n\n"
    "Når du blir bekymret. Ring koordinatoren din samme dag.\n\n"
    "Takk for at du er der. Du trenger ikke ha alle svarene."
)
QUIZ_TITLE = "Grenser og taushetsplikt"
QUESTIONS = (
    (
        "Naboen spør hvordan det går med den du besøker. Hva sier du?",
        (
            ("At det går bedre nå", False),
            ("At jeg ikke snakker om hvem jeg besøker", True),
            ("At naboen kan spørre selv, for jeg er der på torsdag", False),
        ),
        "Også at dere kjenner hverandre, er noe du holder for deg selv.",
    ),
    (
        "Hva gjør du når du blir bekymret for den du støtter?",
        (
            ("Ringer koordinatoren samme dag", True),
            ("Ringer 113 når det er fare for liv og helse", True),
            ("Venter til neste besøk", False),
        ),
        "Du skal aldri bære en bekymring alene.",
    ),
    (
        "Du blir spurt om en medisin du selv har brukt. Hva er et godt svar?",
        (
            ("Hvor mye jeg tok, og når", False),
            ("At det er noe å ta opp med legen", True),
            ("At jeg ikke vil svare", False),
        ),
        "Du kan fortelle at du også har lurt på det, og vise videre.",
    ),
)
DIGITAL = (
    "digitale-moter",
    "Digitale møter",
    "Kort om lyd, bilde og hvordan du får alle med.",
)
DIGITAL_LESSON = (
    "Når dere møtes på skjerm",
    "Prøv lyden før du begynner. Si hvem som er til stede. La det være lov å ha kameraet av.\n\n"
    "Avtal hva dere gjør hvis linjen faller ut.",
)
DRAFT = ("sorg", "Når noen har mistet", "Et nytt kurs, ikke ferdig skrevet.")
DRAFT_LESSON = ("Å være sammen om sorg", "Her kommer det mer.")

VISITS = "Fem hjemmebesøk"
VISIT_STEPS = ("Det første besøket", "Tre besøk", "Fem besøk")
VISIT_PROOF = "Fem besøk er gjort. Det siste var det fineste: vi gikk en tur rundt vannet."
WELL_DONE = "Så bra, Anne! Hva har vært viktigst for deg?"
TALKS = "Bli tryggere i vanskelige samtaler"
TALKS_WHY = "Jeg vil tåle stillheten bedre, og vite hva jeg gjør når jeg blir bekymret."
TALK_STEPS = ("Se filmen om den gode samtalen", "Øve med en annen likeperson", "Bruke det i tre samtaler")
HOW_IS_IT = "Hvordan går det med det nye målet?"
IT_IS_FINE = "Fint! Filmen ga meg noe å tenke på. Jeg tar det med meg på torsdag."
TALK_PROOF = "I går var det stille lenge, og jeg sa ingenting. Etterpå fortalte hun det hun hadde gruet seg til."
#: Days ago, and what the mentor wrote about the day.
NOTES = (
    (23, "Feiret målet med kaffe. Nå vil jeg lære noe nytt."),
    (6, "Så begynnelsen av filmen. Det med å legge bort telefonen traff."),
    (4, "Øvde på å spørre åpent. Det er vanskeligere enn det høres ut."),
    (3, "En god samtale i dag. Jeg lyttet mer enn jeg snakket."),
    (1, "Rolig dag. Tenkte på det hun sa på tirsdag."),
)
AT_5_20 = (
    "Her står det at jeg skal ringe samme dag. Gjelder det i helgene også, og hvilket nummer er det da? Jeg tok bilde "
    "av stedet i filmen."
)
#: Mentor, days ago, second of the video (None: about the first lesson), the reflection, its answer, the word after it.
REFLECTIONS = (
    (0, 6, 100, "Hvor lenge kan det være stille før det blir ubehagelig for den andre?",
     "Ofte lenger enn vi tror. Se om den andre tenker eller venter på deg. Du kan også si: Ta den tiden du trenger.",
     None),
    (1, 1, 93, "Jeg gjentar ofte for mye. Har noen et råd?", None, None),
    (3, 9, 217, "Hvem viser vi videre til når fastlegen har lang ventetid?", None, None),
    (4, 4, 320, "Jeg ble bekymret en fredag kveld. Hvem ringer jeg da?", None, None),
    (7, 12, 150, "Det hjalp å høre at det er lov å fortelle litt om seg selv.",
     "Det er det. Spør deg selv hvem fortellingen er for.", None),
    (8, 13, 320, "Hva om jeg tar feil når jeg er bekymret?",
     "Da er det bare bra. Ring heller én gang for mye.",
     "Takk. Gjelder det også når den andre har bedt meg om ikke å si noe?"),
    (12, 3, None, "Eg hugsar godt den første gongen. Eg følte meg mindre åleine.",
     "Så fint at du deler det. Ta det med deg inn i samtalane.", None),
    (18, 2, 60, "Korleis byrjar eg når vi ikkje kjenner kvarandre?", None, None),
    (19, 8, 200, "Jeg ble usikker på hva som er råd og hva som er erfaring.",
     "Si «for meg var det slik». Da er det erfaring.", None),
)  # fmt: skip
