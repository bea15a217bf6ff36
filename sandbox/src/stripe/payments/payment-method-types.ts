/** The kinds of payment methods that Stripe has beside cards, none of which can pay here. */
export const otherMethodTypes = [
  'acss_debit',
  'affirm',
  'afterpay_clearpay',
  'alipay',
  'alma',
  'amazon_pay',
  'au_becs_debit',
  'bacs_debit',
  'bancontact',
  'billie',
  'bizum',
  'blik',
  'boleto',
  'cashapp',
  'crypto',
  'custom',
  'customer_balance',
  'eps',
  'fpx',
  'giropay',
  'grabpay',
  'ideal',
  'kakao_pay',
  'klarna',
  'konbini',
  'kr_card',
  'link',
  'mb_way',
  'mobilepay',
  'multibanco',
  'naver_pay',
  'nz_bank_account',
  'oxxo',
  'p24',
  'pay_by_bank',
  'payco',
  'paynow',
  'paypal',
  'paypay',
  'payto',
  'pix',
  'promptpay',
  'revolut_pay',
  'samsung_pay',
  'satispay',
  'scalapay',
  'sepa_debit',
  'sequra',
  'sofort',
  'sunbit',
  'swish',
  'twint',
  'upi',
  'us_bank_account',
  'wechat_pay',
  'zip',
] as const

type OtherMethodType = (typeof otherMethodTypes)[number]

/** The same without some, where Stripe does not know them. */
export const otherMethodTypesBut = <const N extends OtherMethodType>(
  ...names: N[]
): Exclude<OtherMethodType, N>[] =>
  otherMethodTypes.filter((type): type is Exclude<OtherMethodType, N> => !names.some((name) => name === type))

/** Kinds by which invoices can be paid and which are payment methods no more. */
export const formerMethodTypes = [
  'ach_credit_transfer',
  'ach_debit',
  'jp_credit_transfer',
  'sepa_credit_transfer',
]
