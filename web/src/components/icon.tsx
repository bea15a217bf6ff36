const paths = {
  home: 'M3.5 9 10 3.5 16.5 9v7.5h-4.25V12h-4.5v4.5H3.5z',
  pricing: 'M3.5 4.5h5v11h-5zM11.5 4.5h5v11h-5z',
  billing: 'M5 2.75h10v14.5l-2.5-1.75L10 17.25 7.5 15.5 5 17.25zM7.75 6.75h4.5M7.75 10h4.5',
  sandbox: 'M10 3.25a6.75 6.75 0 1 1 0 13.5 6.75 6.75 0 0 1 0-13.5zM10 6.25V10l2.5 1.75',
  operator: 'M3.25 16.5v-4M7.75 16.5v-9M12.25 16.5v-6M16.75 16.5v-13',
  system: 'M3.25 4.25h13.5v8.5H3.25zM7 16.25h6',
  light:
    'M10 7a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM10 2.5v1.25M10 16.25v1.25M2.5 10h1.25M16.25 10h1.25M4.7 4.7l.9.9M14.4 14.4l.9.9M4.7 15.3l.9-.9M14.4 5.6l.9-.9',
  dark: 'M16.25 11.75A6.75 6.75 0 0 1 8.25 3.75a6.75 6.75 0 1 0 8 8z',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  alert: 'M10 3.25 17.25 16H2.75zM10 8.25v3.5M10 13.9v.1',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  close: 'm5 5 10 10M15 5 5 15',
  up: 'm6 11.5 4-4 4 4',
  down: 'm6 8.5 4 4 4-4',
  mail: 'M2.75 4.75h14.5v10.5H2.75zM3 5.25l7 5.5 7-5.5',
  message: 'M3.25 4h13.5v9.5h-7L6 16.75V13.5H3.25z',
} as const

export type IconName = keyof typeof paths

/** A small drawing beside a word. It says nothing that the word does not, so it is hidden from readers. */
export const Icon = ({ name, className = 'size-5' }: { name: IconName; className?: string }) => (
  <svg
    viewBox="0 0 20 20"
    className={`${className} shrink-0`}
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
)
