/** A mail as its words are written: what it looks like is decided here, once, for HTML and for plain text. */
export type EmailWords = {
  subject: string
  title: string
  paragraphs: string[]
  /** Names and figures under each other, such as the lines of a receipt. */
  facts?: { name: string; value: string }[]
  action?: { text: string; url: string }
}

const FONT = "font-family:Inter,'Segoe UI',Helvetica,Arial,sans-serif"

/** The plain text and the HTML of a mail. No images, no scripts, no tables: it reads the same on a phone. */
export function renderEmail(
  brand: string,
  words: EmailWords,
): { subject: string; text: string; html: string } {
  return { subject: words.subject, text: textOf(brand, words), html: htmlOf(brand, words) }
}

function textOf(brand: string, { title, paragraphs, facts = [], action }: EmailWords): string {
  const parts = [
    title,
    ...paragraphs,
    ...(facts.length > 0 ? [facts.map(({ name, value }) => `${name}: ${value}`).join('\n')] : []),
    ...(action === undefined ? [] : [`${action.text}: ${action.url}`]),
    brand,
  ]
  return `${parts.join('\n\n')}\n`
}

function htmlOf(brand: string, { subject, title, paragraphs, facts = [], action }: EmailWords): string {
  const body = [
    `<p style="margin:0 0 24px;font-size:14px;font-weight:600;color:#5b616e">${escapeHtml(brand)}</p>`,
    `<h1 style="margin:0 0 16px;font-size:20px;line-height:28px;font-weight:600">${escapeHtml(title)}</h1>`,
    ...paragraphs.map((text) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`),
    ...(facts.length > 0 ? [`<div style="margin:0 0 16px">${facts.map(factOf).join('')}</div>`] : []),
    ...(action === undefined ? [] : [actionOf(action)]),
  ].join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin:0;padding:24px 12px;background:#f4f5f7">
<div style="max-width:560px;margin:0 auto;padding:32px 24px;background:#ffffff;border-radius:8px;color:#16181d;font-size:16px;line-height:24px;${FONT}">
${body}
</div>
</body>
</html>
`
}

function factOf({ name, value }: { name: string; value: string }): string {
  return `<p style="margin:0;padding:8px 0;border-bottom:1px solid #e4e6eb"><span style="display:block;font-size:14px;color:#5b616e">${escapeHtml(name)}</span><strong style="font-weight:600;font-variant-numeric:tabular-nums">${escapeHtml(value)}</strong></p>`
}

function actionOf({ text, url }: { text: string; url: string }): string {
  return `<p style="margin:24px 0 0"><a href="${escapeHtml(url)}" style="display:inline-block;padding:10px 16px;background:#3451d1;border-radius:8px;color:#ffffff;font-weight:600;text-decoration:none">${escapeHtml(text)}</a></p>`
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter)
}
