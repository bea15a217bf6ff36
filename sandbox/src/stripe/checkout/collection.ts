import { invalid } from '../api/errors.ts'
import {
  boolean,
  clearable,
  integer,
  list,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'

const customField = object({
  key: required(text),
  label: required(object({ custom: required(text), type: required(oneOf('custom')) })),
  optional: boolean,
  type: required(oneOf('dropdown', 'numeric', 'text')),
  dropdown: object({
    default_value: text,
    options: required(list(object({ label: required(text), value: required(text) }))),
  }),
  numeric: object({ default_value: text, maximum_length: integer, minimum_length: integer }),
  text: object({ default_value: text, maximum_length: integer, minimum_length: integer }),
})

const message = clearable(object({ message: required(text) }))
const asked = object({ enabled: required(boolean), optional: boolean })

/** What the page may ask a person for besides the card, and say to them. */
export const collection = {
  billing_address_collection: oneOf('auto', 'required'),
  consent_collection: object({
    payment_method_reuse_agreement: object({ position: required(oneOf('auto', 'hidden')) }),
    promotions: oneOf('auto', 'none'),
    terms_of_service: oneOf('none', 'required'),
  }),
  custom_fields: list(customField),
  custom_text: object({
    after_submit: message,
    shipping_address: message,
    submit: message,
    terms_of_service_acceptance: message,
  }),
  name_collection: object({ business: asked, individual: asked }),
  phone_number_collection: object({ enabled: required(boolean) }),
  tax_id_collection: object({ enabled: required(boolean), required: oneOf('if_supported', 'never') }),
}
type Given = Values<typeof collection>

type Written = {
  default_value: string | null
  maximum_length: number | null
  minimum_length: number | null
  value: string | null
}
export type CustomField = {
  key: string
  label: { custom: string; type: 'custom' }
  optional: boolean
  type: 'dropdown' | 'numeric' | 'text'
  dropdown?: {
    default_value: string | null
    options: { label: string; value: string }[]
    value: string | null
  }
  numeric?: Written
  text?: Written
}
type NameCollection = { business?: AskedName; individual?: AskedName }
type AskedName = { enabled: boolean; optional: boolean }

/** The parts of a session that say what is asked for and, later, what was answered. */
export type Collected = {
  billing_address_collection: 'auto' | 'required' | null
  collected_information: {
    business_name: string | null
    individual_name: string | null
    shipping_details: null
  }
  consent: { promotions: 'opt_in' | 'opt_out' | null; terms_of_service: 'accepted' | null } | null
  consent_collection: {
    payment_method_reuse_agreement: { position: 'auto' | 'hidden' } | null
    promotions: 'auto' | 'none' | null
    terms_of_service: 'none' | 'required' | null
  } | null
  custom_fields: CustomField[]
  custom_text: Record<
    'after_submit' | 'shipping_address' | 'submit' | 'terms_of_service_acceptance',
    { message: string } | null
  >
  name_collection?: NameCollection
  phone_number_collection: { enabled: boolean }
  tax_id_collection?: { enabled: boolean; required: 'if_supported' | 'never' }
}

function fieldOf(given: NonNullable<Given['custom_fields']>[number], position: number): CustomField {
  const param = `custom_fields[${position}]`
  if (!/^[A-Za-z0-9]{1,200}$/.test(given.key))
    throw invalid('A custom field’s key must be alphanumeric and at most 200 characters long.', {
      param: `${param}[key]`,
    })
  if (given.label.custom.length > 50)
    throw invalid('A custom field’s label can be at most 50 characters long.', {
      param: `${param}[label][custom]`,
    })
  const base = { key: given.key, label: given.label, optional: given.optional ?? false, type: given.type }
  if (given.type === 'dropdown') {
    if (!given.dropdown?.options.length)
      throw invalid(`Missing required param: ${param}[dropdown].`, {
        param: `${param}[dropdown]`,
        code: 'parameter_missing',
      })
    return {
      ...base,
      dropdown: { default_value: null, ...given.dropdown, value: given.dropdown.default_value ?? null },
    }
  }
  const about = given[given.type]
  const written: Written = {
    default_value: about?.default_value ?? null,
    maximum_length: about?.maximum_length ?? null,
    minimum_length: about?.minimum_length ?? null,
    value: about?.default_value ?? null,
  }
  return { ...base, [given.type]: written }
}

const namesOf = (asked: NonNullable<Given['name_collection']>): NameCollection => ({
  ...(asked.business ? { business: { optional: false, ...asked.business } } : {}),
  ...(asked.individual ? { individual: { optional: false, ...asked.individual } } : {}),
})

/** What a session asks for, from what was given at its creation; nothing is answered yet. */
export function collectionOf(given: Given): Collected {
  const fields = given.custom_fields ?? []
  if (fields.length > 3)
    throw invalid('A Checkout Session takes at most 3 custom fields.', { param: 'custom_fields' })
  if (new Set(fields.map(({ key }) => key)).size < fields.length)
    throw invalid('The keys of custom fields must be unique.', { param: 'custom_fields' })
  const consent = given.consent_collection
  return {
    billing_address_collection: given.billing_address_collection ?? null,
    collected_information: { business_name: null, individual_name: null, shipping_details: null },
    consent: consent ? { promotions: null, terms_of_service: null } : null,
    consent_collection: consent
      ? { payment_method_reuse_agreement: null, promotions: null, terms_of_service: null, ...consent }
      : null,
    custom_fields: fields.map(fieldOf),
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
      ...given.custom_text,
    },
    ...(given.name_collection ? { name_collection: namesOf(given.name_collection) } : {}),
    phone_number_collection: { enabled: given.phone_number_collection?.enabled ?? false },
    ...(given.tax_id_collection
      ? { tax_id_collection: { required: 'never' as const, ...given.tax_id_collection } }
      : {}),
  }
}

/** What a person filled in besides the card. `fields`: custom fields by their key. */
export type Answers = {
  fields?: Record<string, string>
  phone?: string
  businessName?: string
  individualName?: string
  acceptsTerms?: boolean
  taxId?: { type: string; value: string }
  wantsPromotions?: boolean
}

const missingAnswer = (what: string, param: string) =>
  invalid(`${what} is needed to complete this Checkout Session.`, { param, code: 'parameter_missing' })

function answered(field: CustomField, given: string | undefined): CustomField {
  const param = `custom_fields[${field.key}]`
  const value = given?.trim() || field[field.type]?.value || null
  if (value === null) {
    if (field.optional) return field
    throw missingAnswer(`“${field.label.custom}”`, param)
  }
  if (field.dropdown) {
    if (!field.dropdown.options.some((option) => option.value === value))
      throw invalid(`“${field.label.custom}” takes one of its options.`, { param })
    return { ...field, dropdown: { ...field.dropdown, value } }
  }
  const about = field[field.type] as Written
  if (field.type === 'numeric' && !/^\d+$/.test(value))
    throw invalid(`“${field.label.custom}” takes digits only.`, { param })
  if (value.length < (about.minimum_length ?? 0) || value.length > (about.maximum_length ?? 255))
    throw invalid(
      `“${field.label.custom}” must be ${about.minimum_length ?? 0} to ${about.maximum_length ?? 255} characters long.`,
      { param },
    )
  return { ...field, [field.type]: { ...about, value } }
}

function nameOf(asked: AskedName | undefined, given: string | undefined, what: string): string | null {
  if (!asked?.enabled) return null
  const value = given?.trim() || null
  if (value === null && !asked.optional) throw missingAnswer(what, what.toLowerCase().replaceAll(' ', '_'))
  return value
}

/** The session's fields with what a person answered, refused where something required is missing. */
export function withAnswers<T extends Collected>(session: T, given: Answers): T {
  const terms = session.consent_collection?.terms_of_service === 'required'
  if (terms && !given.acceptsTerms)
    throw invalid('The terms of service must be accepted.', { param: 'consent[terms_of_service]' })
  if (session.phone_number_collection.enabled && !given.phone?.trim())
    throw missingAnswer('A phone number', 'phone')
  const business = session.name_collection?.business
  // A tax id is asked for together with the business's name.
  const named =
    business ?? (session.tax_id_collection?.enabled ? { enabled: true, optional: true } : undefined)
  const promotions = given.wantsPromotions ? 'opt_in' : 'opt_out'
  return {
    ...session,
    collected_information: {
      ...session.collected_information,
      business_name: nameOf(named, given.businessName, 'Business name'),
      individual_name: nameOf(session.name_collection?.individual, given.individualName, 'Individual name'),
    },
    consent: session.consent && {
      promotions: session.consent_collection?.promotions === 'auto' ? promotions : null,
      terms_of_service: terms ? 'accepted' : null,
    },
    custom_fields: session.custom_fields.map((field) => answered(field, given.fields?.[field.key])),
  }
}
