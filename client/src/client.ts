import type {
  Access,
  Account,
  AccountChange,
  Member,
  NewAccount,
  NewMember,
  NewSession,
  SessionLink,
} from './account.ts'
import type { AccountRow, InboxRow, InboxStatus, NotificationRow, TimelineEntry } from './admin.ts'
import type { HistoryEntry, NewPortal, Payment, Portal, SubscriptionAnswer, Upcoming } from './billing.ts'
import type { Page, PageQuery } from './page.ts'
import type { PhoneNumber } from './phone.ts'
import type { Checkout, NewCheckout, Plans } from './plan.ts'
import { type Outgoing, type ReadOptions, send, type Target, type WriteOptions } from './send.ts'
import type { Consumed, Tracked, UsageAnswer, UsageEvent, UsageQuestion, UsageSummary } from './usage.ts'

/**
 * `baseUrl`: where Tollgate runs; empty in a page that Tollgate itself serves. `apiKey` for a server (with
 * `account` naming whom it acts for: our id or `ext:<externalId>`), `token` for a signed-in person's JWT.
 * `fetch`: one of your own, for instance to add headers.
 */
export type ClientOptions = {
  baseUrl: string
  apiKey?: string
  token?: string
  account?: string
  fetch?: typeof globalThis.fetch
}

type Send = <Answer>(outgoing: Outgoing) => Promise<Answer>

const segment = (value: string) => encodeURIComponent(value)

/** Makes a client. It keeps no state and no connection; make as many as you like. */
export const createClient = (options: ClientOptions) => {
  const target = targetOf(options)
  const call: Send = (outgoing) => send(target, outgoing)
  return {
    ...billingCalls(call),
    usage: usageCalls(call),
    phone: phoneCalls(call),
    accounts: accountCalls(call),
    sessions: {
      /** A one-time link that opens the pages signed in as this account. */
      create: (session: NewSession, options: WriteOptions = {}) =>
        call<SessionLink>({ method: 'POST', path: '/api/sessions', body: session, ...options }),
    },
    admin: adminCalls(call),
    /** Any other path of the API, with the same retries and errors. */
    request: call,
  }
}

export type Client = ReturnType<typeof createClient>

const targetOf = ({ baseUrl, apiKey, token, account, fetch }: ClientOptions): Target => {
  const bearer = apiKey ?? token
  return {
    baseUrl,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(account === undefined ? {} : { 'tollgate-account': account }),
    },
    // Called as a method of the global object: browsers refuse a detached fetch.
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
  }
}

const billingCalls = (call: Send) => ({
  access: (options: ReadOptions = {}) => call<Access>({ method: 'GET', path: '/api/access', ...options }),
  plans: (options: ReadOptions = {}) => call<Plans>({ method: 'GET', path: '/api/plans', ...options }),
  /** Opens a Stripe Checkout session. 409 `already_subscribed` where a plan subscription lives. */
  checkout: (checkout: NewCheckout, options: WriteOptions = {}) =>
    call<Checkout>({ method: 'POST', path: '/api/checkout', body: checkout, ...options }),
  subscription: (options: ReadOptions = {}) =>
    call<SubscriptionAnswer>({ method: 'GET', path: '/api/billing/subscription', ...options }),
  portal: (portal: NewPortal = {}, options: WriteOptions = {}) =>
    call<Portal>({ method: 'POST', path: '/api/billing/portal', body: portal, ...options }),
  upcoming: (options: ReadOptions = {}) =>
    call<Upcoming>({ method: 'GET', path: '/api/billing/upcoming', ...options }),
  /** Newest first. */
  payments: (query: PageQuery = {}, options: ReadOptions = {}) =>
    call<Page<Payment>>({ method: 'GET', path: '/api/billing/payments', query, ...options }),
  /** Payments and billing events together, newest first. */
  history: (query: PageQuery = {}, options: ReadOptions = {}) =>
    call<Page<HistoryEntry>>({ method: 'GET', path: '/api/billing/history', query, ...options }),
})

const usageCalls = (call: Send) => ({
  /** One event, or up to 1,000. An event id that was seen before counts once. */
  track: (events: UsageEvent | UsageEvent[], options: WriteOptions = {}) =>
    call<Tracked>({
      method: 'POST',
      path: '/api/usage/track',
      body: Array.isArray(events) ? { events } : events,
      ...options,
    }),
  /** Reads only: may this account use so much more? */
  check: (question: UsageQuestion, options: WriteOptions = {}) =>
    call<UsageAnswer>({ method: 'POST', path: '/api/usage/check', body: question, ...options }),
  /** Checks and records in one atomic step. Refused is an answer with `allowed: false`, not an error. */
  consume: (event: UsageEvent, options: WriteOptions = {}) =>
    call<Consumed>({ method: 'POST', path: '/api/usage/consume', body: event, ...options }),
  summary: (options: ReadOptions = {}) =>
    call<UsageSummary>({ method: 'GET', path: '/api/billing/usage', ...options }),
})

const phoneCalls = (call: Send) => ({
  numbers: (options: ReadOptions = {}) =>
    call<Page<PhoneNumber>>({ method: 'GET', path: '/api/phone/numbers', ...options }),
  /** The account's one number; `id` only where there are several, else 409 `which_number`. */
  details: (query: { id?: string } = {}, options: ReadOptions = {}) =>
    call<PhoneNumber>({ method: 'GET', path: '/api/phone/details', query, ...options }),
})

const accountCalls = (call: Send) => ({
  /** The same `externalId` again answers the account that is there. */
  create: (account: NewAccount, options: WriteOptions = {}) =>
    call<Account>({ method: 'POST', path: '/api/accounts', body: account, ...options }),
  get: (id: string, options: ReadOptions = {}) =>
    call<Account>({ method: 'GET', path: `/api/accounts/${segment(id)}`, ...options }),
  find: (query: { externalId: string }, options: ReadOptions = {}) =>
    call<Page<Account>>({ method: 'GET', path: '/api/accounts', query, ...options }),
  update: (id: string, change: AccountChange, options: WriteOptions = {}) =>
    call<Account>({ method: 'PATCH', path: `/api/accounts/${segment(id)}`, body: change, ...options }),
  putMember: (id: string, member: NewMember & { userId: string }, options: WriteOptions = {}) => {
    const { userId, ...body } = member
    const path = `/api/accounts/${segment(id)}/members/${segment(userId)}`
    return call<Member>({ method: 'PUT', path, body, ...options })
  },
  removeMember: (id: string, userId: string, options: WriteOptions = {}) => {
    const path = `/api/accounts/${segment(id)}/members/${segment(userId)}`
    return call<{ removed: boolean }>({ method: 'DELETE', path, ...options })
  },
})

/** For operators: a key with scope `admin`, or a person with that role. */
const adminCalls = (call: Send) => ({
  /** `search` looks into name, mail address and ids. */
  accounts: (query: PageQuery & { search?: string } = {}, options: ReadOptions = {}) =>
    call<Page<AccountRow>>({ method: 'GET', path: '/api/admin/accounts', query, ...options }),
  timeline: (accountId: string, query: PageQuery = {}, options: ReadOptions = {}) => {
    const path = `/api/admin/accounts/${segment(accountId)}/timeline`
    return call<Page<TimelineEntry>>({ method: 'GET', path, query, ...options })
  },
  webhooks: (query: PageQuery & { status?: InboxStatus } = {}, options: ReadOptions = {}) =>
    call<Page<InboxRow>>({ method: 'GET', path: '/api/admin/webhooks', query, ...options }),
  replayWebhook: (id: string, options: WriteOptions = {}) =>
    call<InboxRow>({ method: 'POST', path: `/api/admin/webhooks/${segment(id)}/replay`, ...options }),
  notifications: (query: PageQuery = {}, options: ReadOptions = {}) =>
    call<Page<NotificationRow>>({ method: 'GET', path: '/api/admin/notifications', query, ...options }),
})
