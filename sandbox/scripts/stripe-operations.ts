import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** An operation of Stripe's API as the official SDK calls it: `group` is the SDK's file, `call` its method there. */
export type SdkOperation = { group: string; call: string; method: string; path: string }

const methodLine = /^ {4}([a-zA-Z]+)\(/
const request = /_makeRequest\('(GET|POST|DELETE)', (['`])(\/v1\/[^'`]*)\2/

/** `/v1/customers/${encodeURIComponent(id)}` as `/v1/customers/{id}`. */
const plainPath = (path: string) => path.replace(/\$\{encodeURIComponent\((\w+)\)\}/g, '{$1}')

function operationsIn(text: string, group: string): SdkOperation[] {
  let call = ''
  return text.split('\n').flatMap((line) => {
    call = methodLine.exec(line)?.[1] ?? call
    const [, method, , path] = request.exec(line) ?? []
    return method && path ? [{ group, call, method, path: plainPath(path) }] : []
  })
}

/** Every v1 operation of the installed `stripe` package, by its own resource files; each method and path once. */
export function sdkOperations(): SdkOperation[] {
  const folder = fileURLToPath(new URL('resources/', import.meta.resolve('stripe')))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js') && !file.startsWith('V2'))
    .sort()
  const all = files.flatMap((file) =>
    operationsIn(
      readFileSync(join(folder, file), 'utf8'),
      file.replace(/\.js$/, '').replaceAll('\\', '/').replaceAll('/', '.'),
    ),
  )
  return [...new Map(all.map((one) => [`${one.method} ${one.path}`, one])).values()]
}
