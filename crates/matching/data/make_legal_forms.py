"""Makes legal_forms.tsv from the GLEIF list of entity legal forms (ISO 20275).

    python3 make_legal_forms.py legal_forms_gleif_elf.csv > legal_forms.tsv

Each form's local name, transliterated name and abbreviations are classed by the words of the form's full name.
Forms that are everyday words of company names (bank, trust, fund, association, ...) are left out: they belong to
the name. EXTRA holds what the list lacks: translations, older forms and spellings seen in practice.
"""
import csv
import re
import sys
from collections import defaultdict

CLASSES = [  # letter, words of a form's name that put it in the class; first match wins
    ("C", r"co-?operati|coopérat|cooperat|genossensch|coöperat|сooperat|kooperat|spółdziel|družstv|zadruga|szövetkez|"
          r"cooperativ|osuuskunt|andelss|ekonomisk förening|kooperatīv|ühistu|кооператив|συνεταιρ|bendrijos"),
    ("P", r"partnership|kommandit|komandit|commandit|comandit|nome collettivo|nom collectif|colectiv|vennootschap onder|"
          r"offene (handels)?gesellschaft|personengesell|maatschap|partnerschaft|gesellschaft bürgerlichen|közkereseti|"
          r"betéti|spółka (jawna|partnerska|komandytowa)|veřejná obchodní|verejná obchodná|javno trgovačko|kolektif|"
          r"handelsbolag|interessentskab|ansvarlig selskap|täisühing|usaldusühing|avoin yhtiö|kommandiitt|сообществ|"
          r"товарищество на вере|полное товарищество|командит|събирателн|ομόρρυθμη|ετερόρρυθμη|société civile|"
          r"коммандит|društvo s neograničenom|ortak|sameignarfélag|samlagsfélag|pilnsabiedrība|komandītsabiedrība"),
    ("L", r"limited liability|liability company|beschränkter haftung|unternehmergesellschaft|responsabilit|beperkte aansprak|besloten|"
          r"odpowiedzialno|ručením|omejeno odgovornost|ograničenom odgovor|ograniče|ограничен|обмежен|korlátolt felel|"
          r"răspundere limitată|ribotos atsakomyb|uždaroji akcin|ierobežotu atbild|osaühing|einkahlutafélag|anpartsselskab|"
          r"περιορισμένης ευθύνης|garanzia limitata|limited şirket|limitada|private (company )?limited|private company|"
          r"proprietary|limited company|company limited|sendirian|合同会社|有限会社|有限公司|有限责任|유한|kufizuar|"
          r"privatā|quotas|responsabilidad|отговорност|одговорност|məhdud|par actions simplifiée|simplified joint|ideiglenes"),
    ("S", r"stock|aktie|aktien|anonym|anonim|anónim|anònim|акцион|акціон|акцион|akcyjn|akciov|akcion|akcij|дионичко|dionič|delniška|"
          r"naamloze|public limited|per azioni|par actions|por acciones|por ações|részvény|acțiuni|acţiuni|pe actiuni|aksje|"
          r"aktsia|hlutafélag|osakeyhti|société européenne|societas europ|european company|europäische aktien|limited by shares|"
          r"ανώνυμη|ανωνυμη|株式会社|股份|주식회사|berhad|aandelen|akcine|akciju|shoqeri aksionere|aksionar|public company|səhmdar|ordinary company"),
    ("N", r"association|verein|vereniging|associa|foundation|stiftung|fondation|fundación|fundação|fondazione|stichting|"
          r"non-?profit|некоммерч|föreningen|forening|stowarzyszenie|fundacja|nadace|nadácia|egyesület|alapítvány"),
    ("I", r"sole (trader|proprietor)|einzelunternehm|eingetragener kauf|entreprise individuelle|empresa individual|individual entrepr|"
          r"индивидуальн|eenmanszaak|jednoosobow|egyéni|enkeltmand|enskild|trgovec|szemely|toiminimi"),
    ("U", r"state enterprise|unitary|унитарн|state-owned|öffentlichen rechts|droit public|public law|przedsiębiorstwo państw|štátny podnik|státní podnik"),
]
# Everyday words: a form with one of these in it stays in the name.
EVERYDAY = re.compile(
    r"bank|insur|trust|fund\b|fonds|fondo|assur|versicher|credit union|savings|loan|society|société de prêt|pension|"
    r"embass|church|parish|religio|branch|succurs|zweignieder|niederlassung|foreign|ausländ|étrang|ester|filiale|fiduc|"
    r"invest|administra|ministry|municipal|commun|kanton|canton|condomin|universit|school|hospital|political|union|"
    r"chartered|industr|housing|mutual|benefit corporation|other|sonstig|special purpose|scheme|venture|sicav|sicaf", re.I)
# Abbreviations that are words or initials too often to be taken off a name.
UNSAFE = set("""a b c e f g i k m p s t aa ac af al am an ap at ba bb bc bi bn bo br bs ca cb cc ce cf cl cn cp cs cr cz da db dd di
do dp dr du ec ed ee ei el em en ep er es et eu ev fa fi fo fp ga gi go he hf hi hs hu ia ib ic id ie ii il im in io ip is it iv ja ka ke ki
la le li ls ma me mi ml mo mp mr ms mu my ne ni nl no np ns nu od of oi ok on op or os ou pa pe pi pl pm po pr ps pt qs ra re ri rb rt sb sc sd
sf si sk sm sn so sp sr ss st su ta ti to tp tr ts tt tu ub un up us va ve vi vs vo we wi xi ya za gp lc ks ad fon per son soc tu tub up
society trust fund commune district embassy bund indivisions chartered chtd assn assoc association privst prst impstr pool
canton kanton cantone bezirk gemeinde comune ente societe procura prokura procuration partnership cooperation cooperative coop
coopérative coopération other oth undivided simpleco reit fiamm fim fii fip fab sat mps mpo tuw ong onp spp sic iic apb owm pdb cer crc
icc iap per cti cdc cra etspubli ste afs adr cemix fcr sgr sci gar pco npc pac pp cn ep gie emc sap smc amba ibc psa osk ekg elp fup ofp sap ascs khf ске scm gen clg ans asc""".split())
SAFE = set("""ag sa se nv bv ab as oy kg kk kf lp ltd llc llp plc inc corp co gmbh sarl srl spa sas sl sau aps asa oyj abp ohg og kgaa
ooo oao zao pao ao ooд ood ad ead eood doo dd sia uab kft bt kht nyrt zrt rt ulc pllc lllp bhd sdnbhd pteltd ptyltd pvtltd ltda eirl
vof cv eg ek ev gbr ug sca snc scs scrl cvba bvba sprl aie geie eeig ewiv mbh gesmbh ggmbh hb kb ans da ba sf hf ehf ohf slf
ks is js spzoo sro as vos spk spj ska da nuf pma tov pat prat vat zat at tzov ou kd jtd shpk sha ae epe ike oe""".split())

EXTRA = """
T company;co;compagnie;compania;compañía;cia;cía;compagnia;firma;& co;and company;& cie;cie;& cia;y cia;und co;et cie;& company;the company
R inc;incorporated;corporation;corp;incorporation;corporación;corporacion
D ltd;limited;co ltd;company limited;co limited;ltd co;limited company;ltee;ltée;limitée;corp ltd;corporation limited;ltd corp
L private limited;private ltd;(private) limited;pvt ltd;pvt limited;(p) ltd;p ltd;pte ltd;pte limited;pty ltd;pty limited;proprietary limited;pty;pte;pvt;co pvt ltd;sdn bhd;sdn berhad;co pty ltd
L limited liability company;limited liability co;llc;l l c;ltd liability co;limited liability;pllc;gmbh;ges m b h;mbh;gesellschaft mbh;gesellschaft mit beschränkter haftung;ug haftungsbeschränkt;ug;ggmbh;sarl;s à r l;sàrl;sarlu;eurl;sas;sasu;societe a responsabilite limitee;s r l;srl;srls;s r l unipersonale;srlu;società a responsabilità limitata;sociedad limitada;sociedad de responsabilidad limitada;s de r l;s de r l de c v;srl de cv;sl;slu;s l unipersonal;lda;ltda;limitada;unipessoal lda;bv;besloten vennootschap;bvba;sprl;aps;anpartsselskab;sp z o o;sp zoo;spolka z o o;spółka z o o;spolka z ograniczona odpowiedzialnoscia;s r o;spol s r o;kft;d o o;doo;d o o e l;dooel;ooo;tov;тов;тоо;too;оуд;sia;uab;oü;ehf;eood;ood;mmc;ltd şti;ltd sti;limited sirketi;limited şirketi;şti;sti;san ve tic ltd sti;limited liability partnership company;eireli;gmbh srl;llc fz;fz llc;fze;fzco;fzc;wll;w l l;spc;yugen kaisha;yugen gaisha;yk;godo kaisha;gk;有限会社;合同会社;有限责任公司;유한회사;societatea cu răspundere limitată;societate cu raspundere limitata;tnhh;công ty tnhh;cong ty tnhh;co ltd tnhh;з обмеженою відповідальністю;limited liability company ltd;besloten vennootschap met beperkte aansprakelijkheid;e p e;ike;шпк;sh p k
LS co.,ltd;有限公司;co ltd china;xian gong si
S joint stock company;sa/nv;nv/sa;jsc;ojsc;cjsc;pjsc;open joint stock company;closed joint stock company;public joint stock company;open joint-stock co;joint stock co;jsco;ao;oao;zao;pao;nao;ао;оао;зао;пао;нао;ag;aktiengesellschaft;a g;plc;public limited company;public ltd co;p l c;pcl;public company limited;sa;s a;société anonyme;sociedad anónima;sociedad anonima;sociedade anonima;s a de c v;sa de cv;s a b de c v;sab de cv;s a p i de c v;sapi de cv;sab;s a s;s a u;sau;saa;s a a;sac;s a c;s p a;spa;società per azioni;nv;n v;naamloze vennootschap;ab;aktiebolag;aktiebolaget;publ ab;ab publ;ab (publ);publ;a s;as;asa;aksjeselskap;aktieselskab;oy;oyj;abp;osakeyhtiö;oy ab;s e;se;societas europaea;kk;k k;kabushiki kaisha;kabushiki gaisha;kabushikigaisha;株式会社;㈱;株;股份有限公司;주식회사;㈜;주;berhad;bhd;tbk;pt;p t;pt tbk;persero;rt;nyrt;zrt;d d;akcionarsko drustvo;a d;ead;акционерное общество;публичное акционерное общество;a ş;a s;anonim sirketi;anonim şirketi;san ve tic a s;spolka akcyjna;s a o c;saoc;saog;qpsc;q p s c;k s c;ksc;kscp;psc;p j s c;s a l;sal;ae;a e;α ε;прат;пат;prat;ат;sa sp;hlutafelag;jsb;пубично акционерно дружество;co cp;cổ phần;ctcp
P limited partnership;l p;lp;llp;l l p;lllp;limited liability partnership;kg;k g;gmbh & co kg;gmbh und co kg;gmbh & cokg;gmbh & co;gmbh & co kgaa;ag & co kg;se & co kg;ohg;gmbh & co ohg;co kg;& co kg;und co kg;kgaa;se & co kgaa;ag & co kgaa;s n c;snc;s c s;scs;s a s di;v o f;vof;gbr;k s;cv;c v;s e n c;senc;general partnership;gp;kommanditgesellschaft;offene handelsgesellschaft;partg mbb;partg;sp k;sp j;spolka komandytowa;spolka jawna;spolka cywilna;s c a;sca;commv;partg mbb;mbb
C co-operative society limited;co-operative limited;cooperative limited;co-op ltd;eg;e g;eingetragene genossenschaft;e g m b h;scarl;s c a r l;soc coop;società cooperativa;scrl;cvba;osuuskunta
N e v;ev;eingetragener verein;ano;ано;автономная некоммерческая организация;autonomous non profit organization;autonomous non-profit organisation;asbl;vzw;ggmbh;gug;nko;нко;mtü;ry;r y;onlus;501c3
I e k;ek;e kfm;e kfr;eingetragener kaufmann;ип;chp;фоп;d b a;sole proprietorship;eenmanszaak;ei;firma indywidualna
U fgup;фгуп;гуп;gup;муп;mup;федеральное государственное унитарное предприятие;federal state unitary enterprise;state enterprise;аöр;aör;n a;na;national association
"""
# Abbreviations and names that also stand before the name.
PREFIX = set("""ooo oao zao pao ao nao jsc ojsc cjsc pjsc llc pt sarl sas eurl snc srl kk tov ano fgup gup mup uab sia pat prat zat tzov vat doo ad ood
eood too нко nko ип ооо оао зао пао ао нао тов ано фгуп гуп муп пат прат ат тоо прат ип oy ab kabushikikaisha 株式会社 有限会社 合同会社 주식회사 유한회사 ㈱ ㈜ 株 주 company
firma ctcp sgps""".split())


def class_of(text):
    low = text.lower()
    if EVERYDAY.search(low):
        return None
    for letter, words in CLASSES:
        if re.search(words, low):
            return letter
    return None


def compact(text):
    return re.sub(r"[\W_]+", "", text.lower().replace("&", "and"))


def main(path):
    forms = defaultdict(set)
    for row in csv.DictReader(open(path, encoding="utf-8-sig")):
        local = row["Entity Legal Form name Local name"]
        latin = row["Entity Legal Form name Transliterated name (per ISO 01-140-10)"]
        letter = class_of(local + " " + latin)
        if letter is None:
            continue
        for name in () if letter in "CN" else (local, latin):
            for piece in {name, re.sub(r"\s*\(.*?\)\s*", " ", name)}:
                piece = " ".join(piece.split())
                if len(compact(piece)) >= 7 and len(piece) <= 70 and "," not in piece:
                    forms[piece].add(letter)
        for column in ("Abbreviations Local language", "Abbreviations transliterated"):
            for abbreviation in row[column].split(";"):
                short = " ".join(abbreviation.split())
                key = compact(short)
                if len(key) < 2 or "," in short or len(key) > 30:
                    continue
                if key in UNSAFE or (len(key) == 2 and key.isascii() and key not in SAFE):
                    continue
                forms[short].add(letter)
    extra = defaultdict(set)
    for line in EXTRA.strip().splitlines():
        letters, phrases = line.split(" ", 1)
        for phrase in phrases.split(";"):
            extra[phrase.strip()] |= set(letters)
    decided = {compact(phrase) for phrase in extra}
    seen = defaultdict(set)
    shown = {}
    undecided = [(p, c) for p, c in forms.items() if compact(p) not in decided]
    for phrase, letters in [*extra.items(), *undecided]:
        key = compact(phrase)
        seen[key] |= letters
        if key not in shown or len(phrase) > len(shown[key]):
            shown[key] = phrase
    print("# Legal forms: phrase, classes (see FormClass in legal.rs), p when it may also stand before the name.")
    print("# Source: GLEIF Entity Legal Forms list (ISO 20275), CC0; made by make_legal_forms.py.")
    for key in sorted(seen):
        before = "p" if key in PREFIX or (len(key) >= 12 and not key.isdigit()) else ""
        print(shown[key], "".join(sorted(seen[key])), before, sep="\t")


main(sys.argv[1])
