import { expect, test } from 'vitest'
import { explainDatabase } from './explain-database.ts'

test.for([
  [{ code: '28P01' }, 'DATABASE_URL: Postgres refuses the password of ann: correct it'],
  [{ code: '57P03' }, /^DATABASE_URL: Postgres at db\.example:5433 is starting/],
  [{ message: 'SASL: client password must be a string' }, /asks for a password of ann/],
  [{ code: '23505', message: 'duplicate key' }, undefined],
  [{ code: '42501', message: 'permission denied for table plans' }, undefined],
] as const)('%o', async ([error, words]) => {
  const said = await explainDatabase('postgres://ann:geheim@db.example:5433/tollgate', error)
  if (words === undefined) expect(said).toBeUndefined()
  else expect(said).toMatch(words)
})
