import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Empty } from '../../components/empty.tsx'
import { Icon } from '../../components/icon.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { When } from '../../components/when.tsx'
import { outboxQuery } from '../../lib/queries.ts'
import type { Mail, Outbox, Sms } from '../../lib/sandbox.ts'

type Message = ({ by: 'mail' } & Mail) | ({ by: 'sms' } & Sms)

const newestFirst = ({ mails, sms }: Outbox): Message[] =>
  [
    ...mails.map((mail) => ({ by: 'mail' as const, ...mail })),
    ...sms.map((message) => ({ by: 'sms' as const, ...message })),
  ].toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))

const keyOf = (message: Message, place: number, all: Message[]) =>
  `${message.at} ${message.to} ${all.length - place}`

/** Mails and SMS that left, to read. */
export const OutboxSection = () => {
  const outbox = useQuery(outboxQuery)
  return (
    <Section title="Mails and SMS that left">
      <Loaded
        query={outbox}
        failure="The outbox could not be read."
        skeleton={<Skeleton className="h-80 w-full" />}
      >
        {(box) => <Messages messages={newestFirst(box)} />}
      </Loaded>
    </Section>
  )
}

const Messages = ({ messages }: { messages: Message[] }) => {
  const [chosen, setChosen] = useState<string | null>(null)
  if (messages.length === 0) {
    return <Empty title="Nothing has left yet">Subscribe to a plan, and the welcome mail appears here.</Empty>
  }
  const keyed = messages.map((message, place) => ({ key: keyOf(message, place, messages), message }))
  const open = keyed.find(({ key }) => key === chosen) ?? keyed[0]
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,18rem)_minmax(0,1fr)]">
      <ul aria-label="Messages, newest first" className="max-h-64 space-y-1 overflow-y-auto lg:max-h-[32rem]">
        {keyed.map(({ key, message }) => (
          <li key={key}>
            <button
              type="button"
              aria-current={key === open?.key}
              onClick={() => setChosen(key)}
              className="flex w-full gap-3 rounded-box p-3 text-left hover:bg-sunken aria-[current=true]:bg-accent-surface"
            >
              <Icon name={message.by === 'mail' ? 'mail' : 'message'} className="mt-0.5 size-4" />
              <span className="min-w-0">
                <span className="block truncate font-medium">
                  <span className="sr-only">{message.by === 'mail' ? 'Mail: ' : 'SMS: '}</span>
                  {message.by === 'mail' ? message.subject : message.body}
                </span>
                <span className="block truncate text-small text-muted">
                  <When at={message.at} as="moment" />, to {message.to}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {open && <Reader message={open.message} />}
    </div>
  )
}

const Reader = ({ message }: { message: Message }) => (
  <article aria-label="The message" className="min-w-0 rounded-box border border-line">
    <header className="border-b border-line p-4">
      <h3 className="text-lead font-semibold">{message.by === 'mail' ? message.subject : 'SMS'}</h3>
      <p className="mt-1 break-words text-small text-muted">
        To {message.to}
        {message.by === 'sms' && <> from {message.from}</>}, <When at={message.at} as="moment" />
      </p>
    </header>
    {message.by === 'mail' ? (
      <MailBody mail={message} />
    ) : (
      <p className="p-4 whitespace-pre-wrap">{message.body}</p>
    )}
  </article>
)

// A mail is foreign content: no scripts, no access to this page, links in a tab of their own.
const MailBody = ({ mail }: { mail: Mail }) => {
  if (mail.html === '') return <p className="p-4 whitespace-pre-wrap">{mail.text}</p>
  return (
    <iframe
      title={`Mail: ${mail.subject}`}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      srcDoc={`<base target="_blank">${mail.html}`}
      className="block h-96 w-full rounded-b-box bg-white"
    />
  )
}
