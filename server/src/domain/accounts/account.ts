/** The party that is billed, under the host app's own id. */
export type Account = {
  accountId: string
  externalId: string
  name: string
  email: string
  phone: string | null
  currency: string
  metadata: Record<string, string>
  createdAt: Date
}

/** A user of an account: what each may do stands in `may`. */
export type MemberRole = 'owner' | 'admin' | 'member'

export type Role = MemberRole | 'operator'

/** Owners and admins see and change customer, subscription and invoices; members see plans and usage only. */
export type Permission = 'see_usage' | 'manage_billing' | 'operate'

const PERMISSIONS: Record<Role, readonly Permission[]> = {
  member: ['see_usage'],
  admin: ['see_usage', 'manage_billing'],
  owner: ['see_usage', 'manage_billing'],
  operator: ['see_usage', 'manage_billing', 'operate'],
}

export function may(role: Role, permission: Permission): boolean {
  return PERMISSIONS[role].includes(permission)
}

/** A role as a token names it: `practice_owner` is an older word for owner. */
export function roleFrom(word: string): Role | undefined {
  if (word === 'practice_owner') return 'owner'
  return word in PERMISSIONS ? (word as Role) : undefined
}

/** How a caller names an account: our id, or `ext:` and the host app's own. */
export type AccountReference = { accountId: string } | { externalId: string }

export function accountReference(text: string): AccountReference {
  return text.startsWith('ext:') ? { externalId: text.slice('ext:'.length) } : { accountId: text }
}
