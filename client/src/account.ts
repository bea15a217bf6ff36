import type { Action } from './error.ts'

export type Account = {
  id: string
  externalId: string
  name: string
  email: string
  phone: string | null
  currency: string
  stripeCustomerId: string | null
  plan: string | null
  createdAt: string
}

export type NewAccount = {
  externalId: string
  name: string
  email: string
  phone?: string
  currency?: string
  metadata?: Record<string, string>
}

export type AccountChange = Partial<Omit<NewAccount, 'externalId'>>

export type MemberRole = 'owner' | 'practice_owner' | 'admin' | 'member'
export type NewMember = { role: MemberRole; email?: string }
export type Member = { userId: string; role: MemberRole; email: string | null }

/** `account` is our id or `ext:<externalId>`; `path` is the page that the link opens. */
export type NewSession = { account: string; userId?: string; role?: MemberRole; path?: string }
export type SessionLink = { url: string; expiresAt: string }

export type AccessState = 'full' | 'grace' | 'restricted' | 'suspended' | 'free' | 'none'

/** What the account may do now, why, and what a person can do about it. */
export type Access = {
  state: AccessState
  plan: string | null
  features: string[]
  reason: string
  until?: string | null
  action?: Action | null
}
