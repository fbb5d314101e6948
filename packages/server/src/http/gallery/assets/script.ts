/**
 * What a page can do besides where scripts run: copy a command, tell how long ago a time was, tick many boxes at
 * once, and keep a form from being sent twice or with too large a file. It is an ES module, and makes no markup, so
 * that a policy may forbid that.
 */
export const script = `
const status = document.getElementById('status')

for (const button of document.querySelectorAll('button[data-copy]')) {
  const text = button.dataset.copy
  if (!navigator.clipboard) continue
  button.hidden = false
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
      status.textContent = 'Copied to the clipboard'
      setTimeout(() => { button.textContent = 'Copy' }, 2000)
    } catch {
      status.textContent = 'The browser did not allow to copy'
    }
  })
}

const UNITS = [['year', 31557600], ['month', 2629800], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]]
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
for (const time of document.querySelectorAll('time[datetime]')) {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000
  if (Number.isNaN(seconds)) continue
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1]
  time.title = time.textContent
  time.textContent = Math.abs(seconds) < 60 ? 'just now' : words.format(Math.trunc(seconds / size), unit)
}

for (const form of document.querySelectorAll('form[method="post"]'))
  form.addEventListener('submit', event => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
    setTimeout(() => { delete form.dataset.sent }, 3000)
  })

for (const input of document.querySelectorAll('input[data-most-bytes]'))
  input.addEventListener('change', () => {
    const isTooLarge = (input.files[0]?.size ?? 0) > Number(input.dataset.mostBytes)
    input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : '')
    input.reportValidity()
  })

for (const form of document.querySelectorAll('form[data-select]')) {
  const boxes = [...form.querySelectorAll('tbody input[type="checkbox"]')]
  const words = form.querySelector('[data-selected]')
  const none = words.firstChild.textContent
  const count = () => {
    const ticked = boxes.filter(box => box.checked).length
    words.firstChild.textContent = ticked === 0 ? none : words.dataset.selected.replace('#', ticked)
  }
  let last
  const all = document.createElement('input')
  all.type = 'checkbox'
  all.setAttribute('aria-label', 'Select all on this page')
  all.addEventListener('change', () => { for (const box of boxes) box.checked = all.checked; count() })
  form.querySelector('thead th').append(all)
  form.addEventListener('click', event => {
    const at = boxes.indexOf(event.target)
    if (at < 0) return
    if (event.shiftKey && last !== undefined)
      for (const box of boxes.slice(Math.min(at, last), Math.max(at, last) + 1)) box.checked = event.target.checked
    last = at
    count()
  })
  form.addEventListener('change', count)
  count()
}
`
