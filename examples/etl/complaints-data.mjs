/**
 * Invented consumer complaints: the same 240 records on every machine and every day.
 *
 * Nobody in here exists. The fields are those of the public consumer complaint API; companies, people and
 * stories are made up by a small generator with a fixed seed, so that counts and ids can be tested.
 */

const RECORD_COUNT = 240;
const FIRST_ID = 7_104_233;
const LAST_DAY = Date.UTC(2026, 5, 30, 17);
const DAY_MS = 86_400_000;

const COMPANIES = [
  "HARBOR & PINE BANK, N.A.",
  "Northgate Loan Servicing, LLC",
  "Banco Río Claro USA",
  "Peñasco Credit Union",
  "Meridian Card Services, Inc.",
  "TriState Credit Reporting Corp.",
  "Crédito Añil Holdings",
  "O'Malley, Finch & Assoc. Recovery",
  "Blue Mesa Student Finance",
  "Quickwire Transfers, Inc.",
];

const STATES = [
  ["CA", "941"],
  ["TX", "787"],
  ["FL", "331"],
  ["NY", "112"],
  ["IL", "606"],
  ["GA", "303"],
  ["WA", "981"],
  ["PR", "009"],
  ["NM", "871"],
  ["AZ", "850"],
  ["MA", "021"],
  ["OH", "432"],
  ["NC", "275"],
  [null, null],
];

/** product, sub-product, issue, sub-issue, and what a person may write about it. */
const SUBJECTS = [
  [
    "Mortgage",
    "Conventional home mortgage",
    "Trouble during payment process",
    null,
    [
      "I sent my payment on the 3rd and their website still shows it as late.",
      "They moved my escrow to another account without a letter and now ask for {amount}.",
      "Mi esposo y yo enviamos el pago de {amount} dos veces; la segunda vez nadie contestó.",
    ],
  ],
  [
    "Credit card",
    "General-purpose credit card or charge card",
    "Fees or interest",
    "Charged too much interest",
    [
      "I was charged {amount} of interest in a month in which I had paid the whole balance.",
      "The annual fee was promised to be waived for the first year. It was not.",
    ],
  ],
  [
    "Checking or savings account",
    "Checking account",
    "Managing an account",
    "Deposits and withdrawals",
    [
      'A deposit of {amount} has been "pending" for three weeks.',
      "The teller machine kept my card and gave no cash, yet {amount} left my account.",
      "Se llevaron {amount} de mi cuenta de niño — ni una explicación, ni una disculpa.",
    ],
  ],
  [
    "Debt collection",
    "Medical debt",
    "Attempts to collect debt not owed",
    "Debt was paid",
    [
      "They call about a bill of {amount} which I paid in March; I have the receipt.",
      "I am not the person they look for. I told them so four times.\nThey called again today.",
    ],
  ],
  [
    "Student loan",
    "Federal student loan servicing",
    "Dealing with your lender or servicer",
    "Trouble with how payments are being handled",
    [
      "Each payment is applied to the newest loan, not to the one with the highest rate.",
      "My income-driven plan was recalculated from {amount} without a reason.",
    ],
  ],
  [
    "Credit reporting or other personal consumer reports",
    "Credit reporting",
    "Incorrect information on your report",
    "Account status incorrect",
    [
      "My report lists an account in a town where I have never lived.",
      "They corrected the error in May and it came back in June.",
      "The name on the report is Núñez-Brontë; mine is Nuñez. They say that it is the same.",
    ],
  ],
  [
    "Money transfer, virtual currency, or money service",
    "International money transfer",
    "Money was not available when promised",
    null,
    [
      "I sent {amount} to my mother in Málaga. It took nineteen days.",
      'The app said "done ✓" but the money never arrived 😡.',
    ],
  ],
  [
    "Vehicle loan or lease",
    "Loan",
    "Problems at the end of the loan or lease",
    "Problem while selling or giving up the vehicle",
    [
      "The title of the car was sent to an address I left six years ago.",
      'After the last payment they found another {amount}, called "administration".',
    ],
  ],
];

const RESPONSES = [
  "Closed with explanation",
  "Closed with non-monetary relief",
  "Closed with monetary relief",
  "In progress",
  "Untimely response",
];
const PUBLIC_RESPONSES = [
  null,
  "Company has responded to the consumer and the CFPB and chooses not to provide a public response",
  "Company believes it acted appropriately as authorized by contract or law",
];
const CHANNELS = ["Web", "Web", "Web", "Referral", "Phone", "Postal mail"];
const TAGS = [null, null, null, "Older American", "Servicemember", "Older American, Servicemember"];

/** Numbers in 0…1 that are the same for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Local noon in Washington, as the public API writes it. */
function noon(at) {
  return `${new Date(at).toISOString().slice(0, 10)}T12:00:00-05:00`;
}

function complaint(index, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const [product, subProduct, issue, subIssue, stories] = pick(SUBJECTS);
  const [state, zip] = pick(STATES);
  const amount = `$${(20 + random() * 4_000).toFixed(2)}`;
  const story = pick(stories).replace("{amount}", amount);
  const hasNarrative = random() < 0.7;
  const receivedAt = LAST_DAY - Math.floor(index * 1.5) * DAY_MS;
  return {
    product,
    complaint_what_happened: hasNarrative ? story : "",
    date_sent_to_company: noon(receivedAt + Math.floor(random() * 3) * DAY_MS),
    issue,
    sub_product: subProduct,
    zip_code: zip === null ? null : `${zip}XX`,
    tags: pick(TAGS),
    has_narrative: hasNarrative,
    complaint_id: String(FIRST_ID - index * 37),
    timely: random() < 0.94 ? "Yes" : "No",
    consumer_consent_provided: hasNarrative ? "Consent provided" : "Consent not provided",
    company_response: pick(RESPONSES),
    submitted_via: pick(CHANNELS),
    company: pick(COMPANIES),
    date_received: noon(receivedAt),
    state,
    consumer_disputed: "N/A",
    company_public_response: pick(PUBLIC_RESPONSES),
    sub_issue: subIssue,
  };
}

/** All records, newest first. */
export function complaints() {
  const random = seeded(1_866);
  return Array.from({ length: RECORD_COUNT }, (_, index) => complaint(index, random));
}
