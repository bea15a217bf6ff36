import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it } from 'vitest'
import { listCalls, neverCalled } from './called-functions.ts'
import { testDatabase } from './database.ts'

it('a function that nobody calls is named, and one that somebody called is not', async () => {
  const database = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-calls-'))
  try {
    const owner = new pg.Client({ connectionString: database.ownerUrl })
    await owner.connect()
    await owner.query('create function tollgate.forgotten() returns int language sql return 1')
    await owner.query('select tollgate.business_now()')
    await owner.end()
    const list = join(folder, 'list')
    await writeFile(list, '')
    await listCalls(database.superuserUrl, list)
    const uncalled = await neverCalled(database.superuserUrl, list)
    expect(uncalled).toContain('forgotten')
    expect(uncalled).not.toContain('business_now')
  } finally {
    await database.close()
    await rm(folder, { recursive: true })
  }
})
