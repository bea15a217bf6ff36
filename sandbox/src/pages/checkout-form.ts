import type { CustomField } from '../stripe/checkout/collection.ts'
import { needsCard } from '../stripe/checkout/pay.ts'
import { savedCards } from '../stripe/checkout/saved-cards.ts'
import type { Session } from '../stripe/checkout/session.ts'
import { taxIdTypes } from '../stripe/checkout/tax-id.ts'
import type { World } from '../stripe/world.ts'
import { cardFields } from './card-fields.ts'
import { sessionAmount } from './checkout-summary.ts'
import { alert, escapeHtml } from './layout.ts'

const countries = {
  US: 'United States',
  CA: 'Canada',
  GB: 'United Kingdom',
  DE: 'Germany',
  FR: 'France',
  ES: 'Spain',
  IT: 'Italy',
  NL: 'Netherlands',
  AU: 'Australia',
  IN: 'India',
}

type Field = {
  id: string
  label: string
  type?: string
  autocomplete?: string
  required?: boolean
  more?: string
}

const typed = (given: URLSearchParams, id: string, fallback = '') => escapeHtml(given.get(id) ?? fallback)

function field(given: URLSearchParams, about: Field, fallback = ''): string {
  const { id, label, type = 'text', autocomplete = 'off', required = true, more = '' } = about
  const needed = required ? ' required' : ''
  return `<div class="field"><label for="${id}">${escapeHtml(label)}${required ? '' : ' (optional)'}</label>
<input id="${id}" name="${id}" type="${type}" autocomplete="${autocomplete}"${needed}${more} value="${typed(given, id, fallback)}"></div>`
}

const tick = (id: string, text: string, given: URLSearchParams, required = false): string =>
  `<div class="tick"><input id="${id}" name="${id}" type="checkbox" value="yes"${required ? ' required' : ''}${given.get(id) ? ' checked' : ''}><label for="${id}">${escapeHtml(text)}</label></div>`

function addressFields(given: URLSearchParams): string {
  const options = Object.entries(countries).map(
    ([code, name]) =>
      `<option value="${code}"${given.get('country') === code ? ' selected' : ''}>${name}</option>`,
  )
  return `<div class="row"><div class="field"><label for="country">Country</label>
<select id="country" name="country" autocomplete="billing country">${options.join('')}</select></div>
${field(given, { id: 'postal_code', label: 'Postal code', autocomplete: 'billing postal-code' })}</div>`
}

function customField(given: URLSearchParams, one: CustomField): string {
  const id = `field[${one.key}]`
  const needed = one.optional ? '' : ' required'
  if (one.dropdown) {
    const chosen = given.get(id) ?? one.dropdown.default_value
    const options = one.dropdown.options.map(
      ({ label, value }) =>
        `<option value="${escapeHtml(value)}"${value === chosen ? ' selected' : ''}>${escapeHtml(label)}</option>`,
    )
    return `<div class="field"><label for="${id}">${escapeHtml(one.label.custom)}${one.optional ? ' (optional)' : ''}</label>
<select id="${id}" name="${id}"${needed}><option value="">Choose…</option>${options.join('')}</select></div>`
  }
  const about = one.type === 'numeric' ? one.numeric : one.text
  const bounds = `${about?.minimum_length ? ` minlength="${about.minimum_length}"` : ''}${about?.maximum_length ? ` maxlength="${about.maximum_length}"` : ''}`
  const numeric = one.type === 'numeric' ? ' inputmode="numeric"' : ''
  return field(
    given,
    { id, label: one.label.custom, required: !one.optional, more: bounds + numeric },
    about?.default_value ?? '',
  )
}

/** Who pays: the email where it is not known, names and a phone number where they are asked for. */
function personFields(session: Session, given: URLSearchParams): string {
  const email = session.customer_details?.email
  const { business, individual } = session.name_collection ?? {}
  return [
    email
      ? `<p class="soft">${escapeHtml(email)}</p>`
      : field(given, { id: 'email', label: 'Email', type: 'email', autocomplete: 'email' }),
    session.phone_number_collection.enabled
      ? field(given, { id: 'phone', label: 'Phone', type: 'tel', autocomplete: 'tel' })
      : '',
    individual?.enabled
      ? field(given, {
          id: 'individual_name',
          label: 'Your name',
          autocomplete: 'name',
          required: !individual.optional,
        })
      : '',
    business?.enabled || session.tax_id_collection?.enabled
      ? field(given, {
          id: 'business_name',
          label: 'Business name',
          autocomplete: 'organization',
          required: business?.enabled === true && !business.optional,
        })
      : '',
  ].join('\n')
}

function consentFields(session: Session, given: URLSearchParams): string {
  const consent = session.consent_collection
  const terms = session.custom_text.terms_of_service_acceptance?.message ?? 'I agree to the terms of service.'
  return [
    session.saved_payment_method_options?.payment_method_save === 'enabled'
      ? tick('save', 'Save this card for my next purchase.', given)
      : '',
    consent?.promotions === 'auto' ? tick('promotions', 'Send me news and offers.', given) : '',
    consent?.terms_of_service === 'required' ? tick('terms', terms, given, true) : '',
  ].join('\n')
}

/** The kinds of tax ids, and the number. */
function taxFields(session: Session, given: URLSearchParams): string {
  if (!session.tax_id_collection?.enabled) return ''
  const kinds = taxIdTypes.map(
    ({ type, label }) =>
      `<option value="${type}"${given.get('tax_type') === type ? ' selected' : ''}>${label}</option>`,
  )
  return `<div class="row"><div class="field"><label for="tax_type">Kind of tax ID</label>
<select id="tax_type" name="tax_type">${kinds.join('')}</select></div>
${field(given, { id: 'tax_id', label: 'Tax ID', required: false })}</div>`
}

/** A button for each saved card that may be offered: it pays with that one. */
function savedFields(world: World, session: Session): string {
  const buttons = savedCards(world, session).map(
    ({ id, card }) =>
      `<button name="saved" value="${id}" formnovalidate>Use ${escapeHtml(card.brand)} ending in ${card.last4}</button>`,
  )
  return buttons.length
    ? `<fieldset class="cards"><legend>Your saved cards</legend>${buttons.join('\n')}</fieldset>`
    : ''
}

const codeField = (given: URLSearchParams): string =>
  `<div class="joined">${field(given, { id: 'code', label: 'Promotion code', required: false, more: ' data-enter' })}
<button name="apply" value="code" formnovalidate>Apply code</button></div>`

const verbs = { auto: 'Pay', pay: 'Pay', book: 'Book,', donate: 'Donate', subscribe: 'Subscribe, pay' }

function buttonOf(session: Session): string {
  if (session.mode === 'setup') return 'Save card'
  const { trialDays, trialEnd } = session.hidden.subscription
  const amount = sessionAmount(session, session.amount_total)
  if (trialDays || trialEnd) return session.amount_total ? `Start trial, pay ${amount} now` : 'Start trial'
  if (session.mode === 'subscription') return `Subscribe, pay ${amount} now`
  if (!session.amount_total) return 'Complete order'
  return `${verbs[session.submit_type ?? 'auto']} ${amount} now`
}

function headingOf(session: Session): string {
  if (session.mode === 'setup') return 'Your card'
  if (needsCard(session)) return 'Pay by card'
  return session.mode === 'subscription' ? 'Start without a card' : 'Nothing to pay'
}

const message = (text: { message: string } | null): string =>
  text ? `<p class="soft">${escapeHtml(text.message)}</p>` : ''

/** The right side of the page: everything that a person has to fill in. */
export function form(
  world: World,
  session: Session,
  given: URLSearchParams,
  error: string | undefined,
): string {
  const card = needsCard(session)
  const wantsAddress =
    card &&
    (session.billing_address_collection === 'required' ||
      session.automatic_tax.enabled ||
      session.tax_id_collection?.enabled === true)
  return `<section class="panel" aria-labelledby="how"><h2 id="how">${headingOf(session)}</h2>
${alert(error)}
<form method="post" id="checkout">
${personFields(session, given)}
${card ? savedFields(world, session) : ''}
${card ? cardFields(given) : '<p class="soft">Nothing is due today and no card is needed.</p>'}
${wantsAddress ? addressFields(given) : ''}
${taxFields(session, given)}
${session.custom_fields.map((one) => customField(given, one)).join('\n')}
${session.allow_promotion_codes ? codeField(given) : ''}
${consentFields(session, given)}
${message(session.custom_text.submit)}
<button class="main" type="submit">${escapeHtml(buttonOf(session))}</button>
${message(session.custom_text.after_submit)}
</form></section>`
}
