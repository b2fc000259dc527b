"""Makes countries.tsv from the DataHub country-codes table (PDDL): ISO code, then the names under which lists publish a country."""
import csv, sys
EXTRA = {
    "KP": ["North Korea", "Korea, North", "DPRK", "Democratic People's Republic of Korea"], "KR": ["South Korea", "Korea, South"],
    "CD": ["Congo, Democratic Republic of the", "DRC", "Democratic Republic of the Congo"], "CG": ["Congo, Republic of the", "Republic of the Congo"],
    "MM": ["Burma"], "CI": ["Cote d Ivoire", "Ivory Coast"], "GM": ["Gambia, The"], "BS": ["Bahamas, The"], "MK": ["Macedonia"], "CZ": ["Czech Republic"],
    "SZ": ["Swaziland"], "PS": ["West Bank", "Region: Gaza", "Palestinian", "Palestine"], "UA": ["Region: Crimea"], "VA": ["Vatican City"],
    "IR": ["Iran", "Islamic Republic of Iran"], "SY": ["Syria"], "RU": ["Russia"], "VN": ["Vietnam"], "LA": ["Laos"], "TZ": ["Tanzania"], "BO": ["Bolivia"],
    "VE": ["Venezuela"], "MD": ["Moldova"], "TW": ["Taiwan"], "HK": ["Hong Kong"], "MO": ["Macau"], "US": ["USA", "United States of America"],
    "GB": ["UK", "Great Britain"], "AE": ["UAE"], "TR": ["Turkey", "Turkiye"], "CV": ["Cape Verde"], "BN": ["Brunei"], "FM": ["Micronesia"],
}
out = {}
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    code = row["ISO3166-1-Alpha-2"].strip()
    if len(code) == 2:
        names = [row["CLDR display name"], row["UNTERM English Short"], row["official_name_en"], row["ISO3166-1-Alpha-3"]]
        out.setdefault(code, []).extend(names)
for code, names in EXTRA.items():
    out.setdefault(code, []).extend(names)
for code in sorted(out):
    seen = dict.fromkeys(name.replace(" (the)", "").replace("’", "'").strip().lower() for name in out[code] if name.strip())
    print(code + "\t" + ";".join(seen))
