// Writes the pages of docs/reference that follow from the code: node scripts/write-docs.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { refusals } from '../server/src/errors.ts'

const REFERENCE = new URL('../docs/reference/', import.meta.url)

/** docs/reference/errors.md, from the catalogue of refusals. */
export function errorReference(): string {
  const rows = Object.entries(refusals)
    .map(([code, { status, message }]) => ({ code, status, message }))
    .sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))
    .map(({ code, status, message }) => `| \`${code}\` | ${status} | ${message.replaceAll('|', '\\|')} |`)
  return `# Errors

Every answer that says no has this form, and \`code\` never changes its meaning:

\`\`\`json
{ "success": false, "error": "for a person", "code": "stable_word", "requestId": "…", "action": { "kind": "…", "url": "…", "text": "…" } }
\`\`\`

\`action\` is there where a person can do something about it. Words in braces are filled in, and stand in the answer
beside \`code\` under the same name. Anything that is not below is answered with status 500 and is a bug.

| code | status | message |
|---|---|---|
${rows.join('\n')}

Generated from \`server/src/errors.ts\` by \`node scripts/write-docs.ts\`.
`
}

if (import.meta.main) {
  mkdirSync(REFERENCE, { recursive: true })
  writeFileSync(new URL('errors.md', REFERENCE), errorReference())
}
