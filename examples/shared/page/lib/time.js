const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

export function formatDateTime(iso) {
  return dateTime.format(new Date(iso))
}

export function formatDate(iso) {
  return date.format(new Date(iso))
}

/** “5 minutes ago”, “in 9 years”. */
export function formatRelative(iso) {
  const difference = Date.parse(iso) - Date.now()
  if (Math.abs(difference) > 60 * 86_400_000) return formatDate(iso)
  const [unit, size] = units.find(([, length]) => Math.abs(difference) >= length) ?? []
  return unit === undefined ? 'just now' : relative.format(Math.round(difference / size), unit)
}
