// Word lists of the sentence splitter. A period before a lower-case word never ends a sentence, so only
// abbreviations that stand before capitals or digits need to be here.

/** Never the last word of a sentence when its period is followed by more text ("Fig. 2", "vs. Placebo", "Dr. Smith"). */
export const NEVER_FINAL: ReadonlySet<string> = new Set(
  (
    "Fig fig Figs figs Tab Eq eq Eqs eqs Ref ref Refs refs Sect sect Chap chap Vol vol Vols vols Suppl suppl pp Pp Nos nos " +
    "vs Vs cf Cf viz eg ie e.g E.g i.e I.e ca approx Approx Dr Drs Prof Mr Mrs Ms Mt St Sr Jr Messrs resp incl"
  ).split(" "),
);

/** Ends a sentence only where the next word is one that opens sentences ("Smith et al. The", "Pfizer Inc. We"). */
export const SELDOM_FINAL: ReadonlySet<string> = new Set(
  (
    "al Inc Ltd Corp Co Bros Dept Univ Inst Natl Proc Acad Sci Biol Chem Med Surg Am Eur Int Clin Ed Eds ed eds " +
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
  ).split(" "),
);

/** Abbreviations of "number": never final before a digit, an ordinary word otherwise ("No. 5"; "Does it help? No. We"). */
export const NUMBER_WORDS: ReadonlySet<string> = new Set("No no Nr nr p P".split(" "));

/** Words after which a single capital letter is a name of a kind, not an initial ("hepatitis C. Patients"). */
export const BEFORE_LETTER: ReadonlySet<string> = new Set(
  (
    "vitamin vitamins hepatitis type types group groups grade class stage factor protein subtype influenza immunoglobulin " +
    "haemophilia hemophilia cyclosporin ciclosporin amphotericin arm arms cohort phase part panel trial allele genotype " +
    "haplogroup apolipoprotein cytochrome coenzyme chromosome experiment study strain variant category case level"
  ).split(" "),
);

/** Words that open sentences; they settle the doubtful periods. */
export const SENTENCE_OPENERS: ReadonlySet<string> = new Set(
  (
    "A An The This These Those That We Our Us It Its In On At For From To Of With Without By As And But Or However Here Hence " +
    "There Their They He She His Her You I If When While Although Though Because Since Thus Therefore Moreover Furthermore " +
    "Additionally Also Both All Each Every Most Some Many Several No Not Neither None One Two Three Four Five Six Seven Eight " +
    "Nine Ten Eleven Twelve Twenty After Before During Under Over Using Used Results Result Methods Method Conclusion " +
    "Conclusions Background Objective Objectives Aim Aims Purpose Patients Data Findings Finally First Second Third Then Among " +
    "Based Between Compared Overall Such Recent Recently Previous Previously Despite Following Given Having Interestingly " +
    "Importantly Similarly Subsequently Together What Which Who Why How Whether Where Is Are Was Were Does Do Did Only Even " +
    "Further Into Other Others Another Whereas Yet Until Upon Within Can Could May Might Should Would More Much Less Few " +
    "Fewer No Nevertheless Nonetheless Instead Indeed Conversely Consequently Accordingly Currently Today Now Later Once Through " +
    "Throughout Across Against About Above Below Due Apart Besides Beyond Except Like Unlike Per Regarding Seven So Still " +
    "Than Toward Towards Via Ours Mean Median Total Mice Rats Subjects Participants Women Men Children Treatment Studies Evidence"
  ).split(" "),
);

/** Section labels of structured abstracts; in capitals and before a colon they open a sentence even without a period before. */
export const SECTION_LABELS: ReadonlySet<string> = new Set(
  (
    "BACKGROUND INTRODUCTION OBJECTIVE OBJECTIVES AIM AIMS PURPOSE GOAL HYPOTHESIS CONTEXT METHOD METHODS METHODOLOGY DESIGN " +
    "SETTING SETTINGS PATIENTS PARTICIPANTS SUBJECTS INTERVENTION INTERVENTIONS MEASUREMENTS MEASURES RESULT RESULTS FINDINGS " +
    "OUTCOME OUTCOMES DISCUSSION INTERPRETATION CONCLUSION CONCLUSIONS SIGNIFICANCE IMPORTANCE LIMITATIONS FUNDING REGISTRATION " +
    "SOURCES EXTRACTION SYNTHESIS SELECTION EVIDENCE RATIONALE UNASSIGNED"
  ).split(" "),
);

/** Words that stand before the last word of a section label ("MATERIALS AND METHODS:", "MAIN OUTCOME MEASURES:"). */
export const SECTION_LABEL_PARTS: ReadonlySet<string> = new Set(
  "AND OR OF THE & MAIN PRIMARY SECONDARY KEY MATERIAL MATERIALS STUDY RESEARCH DATA TRIAL CLINICAL PRINCIPAL AUTHORS' AUTHOR'S REVIEWER'S REVIEWERS' EXPERIMENTAL TYPE TYPES NUMBER".split(
    " ",
  ),
);
