import type { Reply } from '../server.ts'

const special: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text made safe to stand in HTML, attributes included. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => special[sign] ?? sign)

const css = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --text: #16181d; --soft: #5b616e; --line: #dfe2e8;
  --accent: #3a52d6; --accent-text: #ffffff; --danger: #b3261e; --danger-soft: #fdecea; --good: #14613a; --good-soft: #e6f4ec; --field: #ffffff; --ring: #3a52d6; }
@media (prefers-color-scheme: dark) { :root { --page: #101216; --card: #191c22; --text: #f1f2f5; --soft: #a2a9b6; --line: #333842;
  --accent: #8ea0ff; --accent-text: #10131f; --danger: #ffb4ab; --danger-soft: #3a1d1b; --good: #9adbb5; --good-soft: #16281e; --field: #12151a; --ring: #8ea0ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--page); color: var(--text);
  font: 400 15px/1.5 Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 920px; margin: 0 auto; padding: 40px 20px 64px; display: grid; gap: 40px; }
@media (min-width: 800px) { main.two { grid-template-columns: 1fr 1fr; padding-top: 72px; } }
main.one { max-width: 520px; } main.wide { max-width: 640px; gap: 20px; } .panels { display: grid; gap: 20px; }
h1 { font-size: 20px; line-height: 1.3; font-weight: 600; margin: 0 0 4px; }
.panel h1 { margin-bottom: 12px; } .lines + p { margin-top: 16px; }
h2 { font-size: 16px; font-weight: 600; margin: 0 0 12px; }
p { margin: 0 0 12px; } .soft { color: var(--soft); } small { font-size: 13px; }
.amount small { font-size: 16px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.amount { font-size: 34px; line-height: 1.2; font-weight: 600; margin: 8px 0 4px; letter-spacing: -0.01em; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 24px; }
.lines { list-style: none; margin: 24px 0 0; padding: 0; }
.lines li { display: flex; justify-content: space-between; gap: 16px; padding: 12px 0; border-top: 1px solid var(--line); }
.lines .total { font-weight: 600; }
.field { margin-bottom: 16px; } .row { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; align-items: end; }
label { display: block; font-size: 13px; font-weight: 500; margin-bottom: 4px; }
input, select, textarea { width: 100%; font: inherit; color: inherit; background: var(--field); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; }
button { font: inherit; font-weight: 500; cursor: pointer; border-radius: 8px; border: 1px solid var(--line); background: var(--card); color: var(--text); padding: 10px 16px; }
button.main { width: 100%; background: var(--accent); border-color: var(--accent); color: var(--accent-text); padding: 12px 16px; }
a { color: var(--accent); } :focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
.cards { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 20px; padding: 0; border: 0; }
.cards legend { font-size: 13px; font-weight: 400; color: var(--soft); padding: 0; margin-bottom: 8px; }
.cards button { font-size: 13px; padding: 6px 10px; text-align: left; } .cards button .soft { white-space: nowrap; }
fieldset { border: 0; margin: 0 0 16px; padding: 0; } legend { padding: 0; font-weight: 600; margin-bottom: 8px; }
.choice { display: flex; align-items: center; gap: 12px; } .choice input { width: 18px; height: 18px; flex: none; accent-color: var(--accent); } .choice label { display: flex; flex: 1; justify-content: space-between; flex-wrap: wrap; gap: 4px 16px; margin: 0; font-size: 15px; }
.lines li.choice { justify-content: flex-start; } fieldset .lines { margin-top: 0; } .spaced { margin: 20px 0 12px; } .back { margin: 16px 0 0; }
a.button { display: inline-block; font-weight: 500; border-radius: 8px; border: 1px solid var(--line); background: var(--card); color: var(--text); padding: 10px 16px; text-decoration: none; }
.status { background: var(--good-soft); color: var(--good); border-radius: 8px; padding: 12px 16px; }
details { width: 100%; } summary { cursor: pointer; font-size: 13px; color: var(--soft); margin-bottom: 8px; }
.alert { background: var(--danger-soft); color: var(--danger); border-radius: 8px; padding: 12px 16px; margin-bottom: 16px; }
.tag { display: inline-block; font-size: 13px; color: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 2px 8px; margin-bottom: 20px; }
.quantity { display: flex; align-items: center; gap: 8px; margin-top: 8px; } .quantity label { margin: 0; } .quantity input { width: 84px; padding: 6px 8px; } .quantity button { padding: 6px 10px; font-size: 13px; }
.tick { display: flex; gap: 8px; align-items: flex-start; margin-bottom: 12px; } .tick input { width: 18px; height: 18px; margin: 1px 0 0; flex: none; accent-color: var(--accent); } .tick label { margin: 0; font-weight: 400; }
.joined { display: flex; gap: 8px; align-items: flex-end; margin-bottom: 16px; } .joined .field { flex: 1; margin: 0; } .joined button { flex: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.actions { display: flex; gap: 12px; flex-wrap: wrap; } form + form { margin-top: 12px; }
`

/** A whole page. `columns` says whether its two parts stand beside each other where there is room. */
export function page(about: {
  title: string
  body: string
  columns?: 'one' | 'two' | 'wide'
  script?: string
  status?: number
}): Reply {
  const { title, body, columns = 'one', script = '', status = 200 } = about
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${css}</style>
</head>
<body>
<main class="${columns}">
${body}
</main>
${script && `<script>${script}</script>`}
</body>
</html>
`
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body: html,
  }
}

export const redirect = (to: string): Reply => ({
  status: 303,
  headers: { location: to, 'content-type': 'text/plain' },
  body: '',
})

/** A page that says one thing. */
export function notice(title: string, text: string, link?: { to: string; text: string }): Reply {
  const way = link ? `<p><a href="${escapeHtml(link.to)}">${escapeHtml(link.text)}</a></p>` : ''
  return page({
    title,
    body: `<section class="panel"><h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(text)}</p>${way}</section>`,
  })
}

/** The step that a bank adds, about `what`: a payment or a card that is to be kept. */
export const challenge = (what: string): Reply =>
  page({
    title: 'Confirm with your bank',
    body: `<section class="panel"><h1>Confirm with your bank</h1>
<p class="soft">Your bank asks you to confirm ${escapeHtml(what)} (3-D Secure, test).</p>
<form method="post"><div class="actions"><button class="main" name="authenticated" value="yes">Complete authentication</button>
<button name="authenticated" value="no">Fail authentication</button></div></form></section>`,
  })

export const alert = (message: string | undefined): string =>
  message ? `<div class="alert" role="alert">${escapeHtml(message)}</div>` : ''

/** `20 December 2026`, in UTC as the sandbox counts. */
export const writtenDate = (at: number): string =>
  new Date(at * 1000).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
