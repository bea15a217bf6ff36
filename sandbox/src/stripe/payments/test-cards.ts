import { type Decline, declines } from './declines.ts'

type Check = 'pass' | 'fail' | 'unavailable'

export type TestCard = {
  number: string
  /** What the hosted pages call it where they offer it. */
  label: string
  brand: string
  country: string
  funding: 'credit' | 'debit' | 'prepaid'
  /** Declines already when the card is attached to a customer or set up. */
  onAttach?: Decline
  /** Declines when it is charged. */
  onCharge?: Decline
  /**
   * Asks for 3-D Secure: on every payment, only while it was not set up for later use, always but on payments without
   * the person (set up beforehand), or only where the payment asks for it.
   */
  threeDSecure?: 'always' | 'unless_set_up' | 'on_session' | 'if_asked'
  /** What the bank finds when it compares what was typed; each passes where nothing is said. */
  checks?: { cvc?: Check; line1?: Check; postalCode?: Check }
  risk?: 'elevated'
  /** The payment succeeds and is disputed at once: `inquiry` only asks and takes no money. */
  dispute?: { reason: 'fraudulent' | 'product_not_received'; kind: 'chargeback' | 'inquiry' }
  /** The payment succeeds, and the bank warns that it takes it for fraud. */
  fraudWarning?: true
  /** Its refunds start as pending and succeed later, or succeed and fail later. */
  refunds?: 'pending' | 'fail'
  /** What it earns is available at once. */
  availableAtOnce?: true
  /** A card of the sandbox's own: it works so often, then every charge declines. */
  works?: number
}

type Behaviour = Partial<Omit<TestCard, 'number' | 'label'>>

/** The countries that are written as ISO 3166 numbers in the digits after `4000 00` (docs.stripe.com/testing#international-cards). */
const countries: Record<string, string> = {
  '032': 'AR',
  '036': 'AU',
  '040': 'AT',
  '056': 'BE',
  '076': 'BR',
  '100': 'BG',
  '112': 'BY',
  '124': 'CA',
  '152': 'CL',
  '156': 'CN',
  '158': 'TW',
  '170': 'CO',
  '188': 'CR',
  '191': 'HR',
  '196': 'CY',
  '203': 'CZ',
  '208': 'DK',
  '218': 'EC',
  '233': 'EE',
  '246': 'FI',
  '250': 'FR',
  '276': 'DE',
  '292': 'GI',
  '300': 'GR',
  '344': 'HK',
  '348': 'HU',
  '356': 'IN',
  '372': 'IE',
  '380': 'IT',
  '392': 'JP',
  '428': 'LV',
  '438': 'LI',
  '440': 'LT',
  '442': 'LU',
  '458': 'MY',
  '470': 'MT',
  '484': 'MX',
  '528': 'NL',
  '554': 'NZ',
  '578': 'NO',
  '591': 'PA',
  '600': 'PY',
  '604': 'PE',
  '616': 'PL',
  '620': 'PT',
  '642': 'RO',
  '682': 'SA',
  '702': 'SG',
  '703': 'SK',
  '705': 'SI',
  '724': 'ES',
  '752': 'SE',
  '756': 'CH',
  '764': 'TH',
  '784': 'AE',
  '826': 'GB',
  '840': 'US',
  '858': 'UY',
}

const brands: [pattern: RegExp, brand: string][] = [
  [/^3[47]/, 'amex'],
  [/^(30[0-5]|36|38)/, 'diners'],
  [/^35/, 'jcb'],
  [/^(5[1-5]|2[2-7])/, 'mastercard'],
  [/^62/, 'unionpay'],
  [/^(6011|64|65)/, 'discover'],
  [/^4/, 'visa'],
]

export const brandOf = (number: string): string =>
  brands.find(([pattern]) => pattern.test(number))?.[1] ?? 'unknown'

const countryOf = (number: string): string =>
  (number.startsWith('400000') && countries[number.slice(6, 9)]) || 'US'

const refused = (decline: Decline): Behaviour => ({ onAttach: decline, onCharge: decline })

/** A card of any number, ordinary where nothing else is said. */
export const cardWith = (number: string, label: string, behaviour: Behaviour = {}): TestCard => ({
  number,
  label,
  brand: brandOf(number),
  country: countryOf(number),
  funding: 'credit',
  ...behaviour,
})

const fraudulent = { reason: 'fraudulent', kind: 'chargeback' } as const

/** The documented test cards that do anything but succeed (docs.stripe.com/testing), in the order in which they are offered. */
const special: [number: string, names: string, label: string, behaviour?: Behaviour][] = [
  ['4242424242424242', 'visa us', 'Succeeds'],
  [
    '4000000000000002',
    'chargeDeclined visa_chargeDeclined chargeDeclinedOnAttach',
    'Declined',
    refused(declines.generic_decline),
  ],
  [
    '4000000000000341',
    'chargeCustomerFail visa_chargeCustomerFail',
    'Attaches, later charges decline',
    { onCharge: declines.generic_decline },
  ],
  [
    '4000000000009995',
    'chargeDeclinedInsufficientFunds visa_chargeDeclinedInsufficientFunds',
    'Insufficient funds',
    refused(declines.insufficient_funds),
  ],
  [
    '4000000000009987',
    'chargeDeclinedLostCard visa_chargeDeclinedLostCard',
    'Lost card',
    refused(declines.lost_card),
  ],
  [
    '4000000000009979',
    'chargeDeclinedStolenCard visa_chargeDeclinedStolenCard',
    'Stolen card',
    refused(declines.stolen_card),
  ],
  ['4000000000000069', 'chargeDeclinedExpiredCard', 'Expired card', refused(declines.expired_card)],
  ['4000000000000127', 'chargeDeclinedIncorrectCvc', 'Incorrect CVC', refused(declines.incorrect_cvc)],
  [
    '4000000000000119',
    'chargeDeclinedProcessingError',
    'Processing error',
    refused(declines.processing_error),
  ],
  ['4000002500003155', 'authenticationRequiredOnSetup', '3-D Secure once', { threeDSecure: 'unless_set_up' }],
  ['4000002760003184', 'authenticationRequired', '3-D Secure always', { threeDSecure: 'always' }],
  [
    '4000008260003178',
    'authenticationRequiredChargeDeclinedInsufficientFunds',
    '3-D Secure, then insufficient funds',
    { threeDSecure: 'always', onCharge: declines.insufficient_funds },
  ],
  [
    '4000000000006975',
    'chargeDeclinedVelocityLimitExceeded visa_chargeDeclinedVelocityLimitExceeded',
    'Exceeds its velocity limit',
    refused(declines.card_velocity_exceeded),
  ],
  [
    '4000003800000446',
    'authenticationRequiredSetupForOffSession',
    '3-D Secure, already set up',
    { threeDSecure: 'on_session' },
  ],
  ['4000000000003220', 'threeDSecure2Required', '3-D Secure 2 required', { threeDSecure: 'always' }],
  ['4000000000003063', 'threeDSecureRequired', '3-D Secure required', { threeDSecure: 'always' }],
  [
    '4000008400001629',
    'threeDSecureRequiredChargeDeclined',
    '3-D Secure, then declined',
    { threeDSecure: 'always', onCharge: declines.generic_decline },
  ],
  [
    '4000008400001280',
    'threeDSecureRequiredProcessingError',
    '3-D Secure, then a processing error',
    { threeDSecure: 'always', onCharge: declines.processing_error },
  ],
  ['4000000000003055', 'threeDSecureOptional', '3-D Secure only if asked for', { threeDSecure: 'if_asked' }],
  ['4000000000000259', 'createDispute', 'Disputed as fraudulent', { dispute: fraudulent }],
  [
    '4000000000002685',
    'createDisputeProductNotReceived',
    'Disputed as not received',
    { dispute: { ...fraudulent, reason: 'product_not_received' } },
  ],
  [
    '4000000000001976',
    'createDisputeInquiry',
    'Disputed by an inquiry',
    { dispute: { ...fraudulent, kind: 'inquiry' } },
  ],
  ['4000000000005423', 'createIssuerFraudRecord', 'Bank warns of fraud', { fraudWarning: true }],
  ['4000000000007726', 'pendingRefund', 'Refunds are pending first', { refunds: 'pending' }],
  ['4000000000005126', 'refundFail', 'Refunds fail later', { refunds: 'fail' }],
  ['4000000000000077', 'bypassPending', 'Earns what is available at once', { availableAtOnce: true }],
  [
    '4000003720000278',
    'bypassPendingInternational',
    'Earns what is available at once (Ireland)',
    { availableAtOnce: true },
  ],
  ['4000000000000101', 'cvcCheckFail', 'CVC check fails', { checks: { cvc: 'fail' } }],
  ['4000000000000010', 'avsFail', 'Address checks fail', { checks: { line1: 'fail', postalCode: 'fail' } }],
  ['4000000000000028', 'avsLine1Fail', 'Street check fails', { checks: { line1: 'fail' } }],
  ['4000000000000036', 'avsZipFail', 'Postal code check fails', { checks: { postalCode: 'fail' } }],
  [
    '4000000000000044',
    'avsUnchecked',
    'Address cannot be checked',
    { checks: { line1: 'unavailable', postalCode: 'unavailable' } },
  ],
  ['4000000000009235', 'riskLevelElevated', 'Elevated risk', { risk: 'elevated' }],
  ['4000000000004954', 'riskLevelHighest', 'Blocked as highest risk', { onCharge: declines.fraudulent }],
  [
    '4100000000000019',
    'radarBlock chargeDeclinedFraudulent',
    'Always blocked',
    { onCharge: declines.fraudulent },
  ],
]

/** Ordinary cards that differ in what is printed on them. */
const ordinary: [number: string, names: string, behaviour?: Behaviour][] = [
  ['4000056655665556', 'visa_debit', { funding: 'debit' }],
  ['5555555555554444', 'mastercard'],
  ['2223003122003222', 'mastercard_series_2'],
  ['5200828282828210', 'mastercard_debit', { funding: 'debit' }],
  ['5105105105105100', 'mastercard_prepaid', { funding: 'prepaid' }],
  ['371449635398431', 'amex'],
  ['378282246310005', 'amex_threeDSecureNotSupported'],
  ['6011000990139424', 'discover'],
  ['6011111111111117', ''],
  ['6011981111111113', 'discover_debit', { funding: 'debit' }],
  ['3056930009020004', 'diners'],
  ['36227206271667', ''],
  ['3566002020360505', 'jcb'],
  ['6200000000000005', 'unionpay', { country: 'CN' }],
  ['6200000000000047', '', { country: 'CN', funding: 'debit' }],
  ['6205500000000000004', '', { country: 'CN' }],
]

/** Ordinary Visa cards of other countries: `pm_card_de` is a German one. */
const abroad =
  '4000000320000021 4000000760000002 4000001240000000 4000001520000001 4000001700000003 4000001880000005 4000002180000000 4000004840008001 4000005910000000 4000006000000066 4000006040000068 4000008580000003 4000007840000001 4000000400000008 4000000560000004 4000001000000000 4000001120000005 4000001910000009 4000001960000008 4000002030000002 4000002080000001 4000002330000009 4000002460000001 4000002500000003 4000002760000016 4000002920000005 4000003000000030 4000003480000005 4000003720000005 4000003800000008 4000004280000005 4000004380000004 4000004400000000 4000004420000006 4000004700000007 4000005280000002 4000005780000007 4000006160000005 4000006200000007 4000006420000001 4000006820000007 4000007050000006 4000007030000001 4000007240000007 4000007520000008 4000007560000009 4000008260000000 4000000360000006 4000001560000002 4000003440000004 4000003560000008 4000003920000003 4000004580000002 4000005540000008 4000007020000003 4000001580000008 4000007640000003'.split(
    ' ',
  )

const byNumber = new Map<string, TestCard>()
const byName = new Map<string, string>()
function know(card: TestCard, names: string): void {
  byNumber.set(card.number, card)
  for (const name of names.split(' ').filter(Boolean)) byName.set(name, card.number)
}
for (const [number, names, label, behaviour] of special) know(cardWith(number, label, behaviour), names)
for (const [number, names, behaviour] of ordinary) know(cardWith(number, 'Succeeds', behaviour), names)
for (const number of abroad) know(cardWith(number, 'Succeeds'), countryOf(number).toLowerCase())

/** Test cards that are documented and that the sandbox does not play, by what they stand for. */
export const unplayed: Record<string, string> = {
  '4000000000003097': '3-D Secure that fails on its way',
}

export const testCard = (number: string): TestCard | undefined => byNumber.get(number)
export const numberOfName = (name: string): string | undefined => byName.get(name)

/** Every documented number that is played, for whoever goes through them all. */
export const testCards = (): TestCard[] => [...byNumber.values()]

/** The cards that the hosted pages offer by one click. */
export const offeredCards = (): TestCard[] =>
  special.map(([number]) => byNumber.get(number)).filter((card) => card !== undefined)
