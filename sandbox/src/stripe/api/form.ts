/** What a form holds: text, or fields by name. A list arrives as fields named 0, 1, 2 or as `[]`. */
export type Raw = string | { [name: string]: Raw }

const isText = (raw: Raw | undefined): raw is string => typeof raw === 'string'

/** Whether something is set already under these names; a list always has room. */
function isSet(node: Raw | undefined, [key, ...rest]: string[]): boolean {
  if (key === '') return false
  return node === undefined || isText(node) || key === undefined ? node !== undefined : isSet(node[key], rest)
}

/** Which entry of a list `[]` stands for: the last one while the field is still free there, else a new one. */
function entryFor(node: { [name: string]: Raw }, rest: string[]): string {
  const count = Object.keys(node).length
  const last = node[String(count - 1)]
  return rest.length > 0 && last !== undefined && !isSet(last, rest) ? String(count - 1) : String(count)
}

function place(root: { [name: string]: Raw }, keys: string[], value: string): void {
  let node = root
  keys.forEach((key, position) => {
    const name = key === '' ? entryFor(node, keys.slice(position + 1)) : key
    if (position === keys.length - 1) {
      node[name] = value
      return
    }
    const inner = node[name]
    const next: { [name: string]: Raw } = inner === undefined || isText(inner) ? Object.create(null) : inner
    node[name] = next
    node = next
  })
}

/** Reads `a[b][0]=c` from a form body or query as api.stripe.com does; later pairs overwrite earlier ones. */
export function parseForm(text: string): { [name: string]: Raw } {
  const root: { [name: string]: Raw } = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const shape = /^([^[]*)((?:\[[^\]]*\])*)$/.exec(name)
    const inner = shape ? [...(shape[2] ?? '').matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '') : []
    place(root, shape ? [shape[1] ?? '', ...inner] : [name], value)
  }
  return root
}
