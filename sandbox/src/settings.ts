import type { Store } from './store.ts'

/** `wants` says in words what `accepts` lets through. */
type Setting<T> = {
  usual: T
  /** `account`: an account of Stripe's can choose it. `guess`: Stripe does not say, so this is our choice. */
  because: 'account' | 'guess'
  says: string
  wants: string
  accepts: (given: unknown) => boolean
}

const isWhole = (given: unknown): given is number =>
  typeof given === 'number' && Number.isSafeInteger(given) && given >= 0
const isRising = (given: unknown): boolean =>
  Array.isArray(given) && given.every((one, at) => isWhole(one) && (at === 0 || one > given[at - 1]))

const whole = (usual: number, because: Setting<number>['because'], says: string): Setting<number> => ({
  usual,
  because,
  says,
  wants: 'a whole number of at least 0',
  accepts: isWhole,
})
const days = (usual: number[], because: Setting<number>['because'], says: string): Setting<number[]> => ({
  usual,
  because,
  says,
  wants: 'a rising list of whole numbers',
  accepts: isRising,
})
const pauses = (usual: number[], because: Setting<number>['because'], says: string): Setting<number[]> => ({
  usual,
  because,
  says,
  wants: 'a list of whole numbers of at least 0',
  accepts: (given) => Array.isArray(given) && given.every(isWhole),
})
const choice = <const T extends string>(
  usual: T,
  others: T[],
  because: Setting<T>['because'],
  says: string,
): Setting<T> => ({
  usual,
  because,
  says,
  wants: `one of ${[usual, ...others].join(', ')}`,
  accepts: (given) => [usual, ...others].includes(given as T),
})
const yesOrNo = (usual: boolean, because: Setting<boolean>['because'], says: string): Setting<boolean> => ({
  usual,
  because,
  says,
  wants: 'true or false',
  accepts: (given) => typeof given === 'boolean',
})

/** Everything about Stripe that is an account's choice or that no source tells, in one place, with what it usually is. */
export const settings = {
  after_last_retry: choice<'cancel' | 'unpaid' | 'past_due'>(
    'cancel',
    ['unpaid', 'past_due'],
    'account',
    'What becomes of a subscription when the last retry of its invoice has failed.',
  ),
  async_capture_seconds: whole(
    5,
    'guess',
    'Seconds until a charge that is captured asynchronously, as payment intents are by default, has its balance transaction.',
  ),
  async_refund_seconds: whole(
    60,
    'guess',
    'Seconds until a refund of the test cards whose refunds end later succeeds or fails.',
  ),
  available_days: whole(
    2,
    'account',
    'Days until what a charge has earned is available on the account’s balance.',
  ),
  dispute_decision_seconds: whole(
    5,
    'guess',
    'Seconds from submitted evidence to what the bank decides on it, for the test texts that make it decide.',
  ),
  draft_seconds: whole(
    3600,
    'account',
    'Seconds for which a renewal stays a draft after its webhooks were delivered.',
  ),
  final_invoice_waits: yesOrNo(
    true,
    'guess',
    'Whether the last invoice of a subscription that is cancelled at once stays a draft for its hour, as a renewal’s does.',
  ),
  overdue_days: days(
    [],
    'account',
    'Days after an invoice that was sent became due at which invoice.overdue is sent; it takes an automation of the account’s.',
  ),
  pausable: choice<'active' | 'active_or_past_due'>(
    'active',
    ['active_or_past_due'],
    'guess',
    'Which subscriptions can be paused on demand.',
  ),
  portal_default_saved: yesOrNo(
    true,
    'account',
    'Whether the account’s owner has saved the portal’s default configuration, which sessions use that name none.',
  ),
  portal_link_seconds: whole(
    300,
    'guess',
    'Seconds for which the link of a portal session works until it is first opened.',
  ),
  portal_visit_seconds: whole(
    3600,
    'guess',
    'Seconds for which a portal session stays open after each visit.',
  ),
  rate_limits: yesOrNo(
    false,
    'guess',
    'Whether more than 25 requests a second are refused with 429, as in test mode. Off, so that a test may be as fast as it can.',
  ),
  raw_card_numbers: yesOrNo(
    true,
    'account',
    'Whether card numbers may be sent to the API: Stripe refuses them until an account has asked for it; names such as pm_card_visa always may.',
  ),
  redirecting_methods: yesOrNo(
    true,
    'account',
    'Whether the account takes payment methods that redirect, so that confirming on the server needs a return_url.',
  ),
  missing_payment_method: choice<'create_invoice' | 'cancel' | 'pause'>(
    'create_invoice',
    ['cancel', 'pause'],
    'guess',
    'What a trial’s end without a payment method does where the subscription does not say.',
  ),
  retry_days: days(
    [1, 3, 5, 7, 8, 10, 12, 14],
    'guess',
    'Days from an invoice’s first failed payment to each retry: eight within two weeks are recommended, their times are not published.',
  ),
  schedule_follows_changes: yesOrNo(
    true,
    'guess',
    'Whether a direct change of a subscription’s items splits the current phase of its schedule; otherwise the schedule says nothing of it. The next phase is the same in both.',
  ),
  schedule_released_as: choice<'completed' | 'released'>(
    'released',
    ['completed'],
    'guess',
    'What a schedule becomes when its last phase has ended and it lets its subscription go on.',
  ),
  entitled_past_due: yesOrNo(
    true,
    'guess',
    'Whether a subscription that is past_due still entitles its customer to the features of its products.',
  ),
  search_delay_seconds: whole(
    0,
    'guess',
    'Seconds until search finds what was made; Stripe says that it is under a minute. 0, so that a test need not wait; what is changed is found at once either way.',
  ),
  subscription_limits: yesOrNo(
    false,
    'guess',
    'Whether a subscription is held to 10 new invoices a minute, 20 a day and 200 changes of quantity an hour, beyond which changes are refused with 429.',
  ),
  test_clock_limits: yesOrNo(
    true,
    'guess',
    'Whether a test clock moves at most two intervals at a time and holds at most three customers of three subscriptions.',
  ),
  trial_reminder_days: whole(
    3,
    'account',
    'Days before a trial’s end at which customer.subscription.trial_will_end is sent.',
  ),
  uncollectible_after_last_retry: yesOrNo(
    false,
    'account',
    'Whether an invoice is marked uncollectible when its last retry has failed, rather than left open.',
  ),
  upcoming_days: whole(
    7,
    'account',
    'Days before a renewal at which invoice.upcoming is sent; 0 sends none.',
  ),
  will_be_due_days: days(
    [],
    'account',
    'Days before an invoice that was sent becomes due at which invoice.will_be_due is sent; it takes an automation of the account’s.',
  ),
  webhook_retry_pauses: pauses(
    [3600, 7200],
    'guess',
    'Seconds from a failed webhook to each further try: three tries over a few hours, as for test mode.',
  ),
}

type Name = keyof typeof settings
export type Settings = { [N in Name]: (typeof settings)[N]['usual'] }

const known = settings as Record<string, Setting<unknown>>

const usual = Object.fromEntries(
  Object.entries(known).map(([name, setting]) => [name, setting.usual]),
) as Settings

/** The settings in force: what was chosen, and the usual for the others. */
export function settingsOf(store: Store): Settings {
  const chosen = store.get<{ id: string; values: Partial<Settings> }>('settings', 'settings')?.values
  return chosen ? { ...usual, ...chosen } : usual
}

/** Changes the named settings; null brings the usual back. Answers why not, where a name or value is refused. */
export function changeSettings(store: Store, given: Record<string, unknown>): string | undefined {
  const chosen = store.get<{ id: string; values: Record<string, unknown> }>('settings', 'settings')?.values
  const values = { ...chosen }
  for (const [name, value] of Object.entries(given)) {
    const setting = Object.hasOwn(known, name) ? known[name] : undefined
    if (!setting)
      return `The sandbox has no setting "${name}"; it knows ${Object.keys(known).sort().join(', ')}.`
    if (value !== null && !setting.accepts(value)) return `The setting "${name}" must be ${setting.wants}.`
    if (value === null) delete values[name]
    else values[name] = value
  }
  store.put('settings', { id: 'settings', values })
  return undefined
}
