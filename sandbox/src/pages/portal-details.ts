import { invalid } from '../stripe/api/errors.ts'
import { findCustomer } from '../stripe/customers/balance.ts'
import { change } from '../stripe/events/events.ts'
import { noAddress } from '../stripe/payments/payment-methods.ts'
import { escapeHtml } from './layout.ts'
import { hiddenField, type Shown, task } from './portal-view.ts'

const plain = { name: 'Name', email: 'Email', phone: 'Phone' } as const
const places = {
  line1: 'Street',
  line2: 'Street, second line',
  postal_code: 'Postal code',
  city: 'City',
  state: 'State',
  country: 'Country (two letters)',
} as const
type Place = keyof typeof places
const completions: Record<string, string> = {
  name: 'name',
  email: 'email',
  phone: 'tel',
  line1: 'address-line1',
  line2: 'address-line2',
  postal_code: 'postal-code',
  city: 'address-level2',
  state: 'address-level1',
  country: 'country',
}

const isNamed = <T extends string>(names: Record<T, unknown>, name: string): name is T =>
  Object.hasOwn(names, name)

/** Both kinds of address that a customer has are filled in field by field. */
const groups = { address: 'Address', shipping: 'Shipping address' } as const

function field(about: { id: string; name: string; label: string; value: string; type?: string }): string {
  const { id, name, label, value, type = 'text' } = about
  return `<div class="field"><label for="${id}">${escapeHtml(label)}</label>
<input id="${id}" name="${id}" type="${type}" autocomplete="${completions[name] ?? 'off'}" value="${escapeHtml(value)}"></div>`
}

const types: Record<string, string> = { email: 'email', phone: 'tel' }

/** Changes the customer's details, those that the configuration lets them change. */
export function detailsView(shown: Shown): string {
  const { world, session, configuration, given } = shown
  const customer = findCustomer(world, session.customer)
  const { allowed_updates: allowed, enabled } = configuration.features.customer_update
  if (!enabled) return task(shown, 'Your details', '<p class="soft">Your details cannot be changed here.</p>')
  const fields = allowed.flatMap((name): string[] => {
    if (isNamed(plain, name))
      return [
        field({
          id: name,
          name,
          label: plain[name],
          value: given.get(name) ?? customer[name] ?? '',
          ...(types[name] ? { type: types[name] } : {}),
        }),
      ]
    if (!isNamed(groups, name)) return []
    const stored =
      name === 'address' ? customer.address : (customer.shipping as { address?: object } | null)?.address
    const now = (stored ?? {}) as Partial<Record<Place, string | null>>
    const inner = (Object.keys(places) as Place[]).map((place) => {
      const id = `${name}_${place}`
      return field({ id, name: place, label: places[place], value: given.get(id) ?? now[place] ?? '' })
    })
    return [`<fieldset><legend>${groups[name]}</legend>${inner.join('\n')}</fieldset>`]
  })
  return task(
    shown,
    'Your details',
    `<form method="post">${hiddenField('view', 'details')}${fields.join('\n')}
<button class="main" name="do" value="details">Save details</button></form>`,
  )
}

function placeOf(given: URLSearchParams, name: string): Record<string, string | null> {
  const typed = (Object.keys(places) as Place[]).map((place) => [
    place,
    given.get(`${name}_${place}`)?.trim() || null,
  ])
  const country = given.get(`${name}_country`)?.trim()
  if (country && !/^[A-Za-z]{2}$/.test(country))
    throw invalid('The country is written with two letters, as in DE.', { param: `${name}[country]` })
  return { ...noAddress, ...Object.fromEntries(typed), country: country?.toUpperCase() || null }
}

/** Keeps what was typed; answers what was done, in words. */
export function saveDetails({ world, session, configuration, given }: Shown): string {
  const customer = findCustomer(world, session.customer)
  const { allowed_updates: allowed } = configuration.features.customer_update
  const email = given.get('email')?.trim()
  if (allowed.includes('email') && email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email))
    throw invalid('This is no email address.', { param: 'email', code: 'email_invalid' })
  const changes = allowed.flatMap((name): [string, unknown][] => {
    if (isNamed(plain, name)) return given.has(name) ? [[name, given.get(name)?.trim() || null]] : []
    if (!isNamed(groups, name) || !given.has(`${name}_line1`)) return []
    const place = placeOf(given, name)
    const shipping = { carrier: null, name: customer.name, phone: null, tracking_number: null }
    return [[name, name === 'address' ? place : { ...shipping, ...customer.shipping, address: place }]]
  })
  change(world, customer, Object.fromEntries(changes), 'customer.updated')
  return 'Your details were saved.'
}
