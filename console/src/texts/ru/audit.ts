import { pluralsOf } from '../plural';
import type { Catalogue } from '../texts';

const plural = pluralsOf('ru');

export const audit: Catalogue['audit'] = {
  title: 'Аудит',
  lead: 'Каждый запрос и каждая операция оставляют запись. Записи связаны в цепочку, и изменения видны.',
  search: 'Найти',
  clear: 'Показать всё',
  actor: 'Кто',
  actorHint: 'В точности это имя.',
  action: 'Действие',
  actionHint: 'Например, backups.restore.start.',
  result: 'Результат',
  anyResult: 'Любой',
  results: {
    requested: 'Исход неизвестен',
    success: 'Успешно',
    failed: 'Ошибка',
    denied: 'Отказано',
    queued: 'Ожидает',
    canceled: 'Отменено',
    not_found: 'Не найдено',
  },
  from: 'С',
  to: 'По',
  clocks: (zone) => `По часам пояса ${zone}.`,
  records: 'Записи, сначала новые',
  time: 'Время',
  resource: 'О чём',
  source: 'Адрес',
  details: 'Подробности',
  detailsOf: (seq) => `Подробности записи ${seq}`,
  empty: 'Подходящих записей нет.',
  verify: 'Проверить цепочку',
  verifying: 'Проверка …',
  verified: (count) =>
    `Цепочка цела: ${plural(count, { one: 'запись', few: 'записи', many: 'записей', other: 'записи' })}, ни одна не изменена и не удалена.`,
  broken: (seq, reason) => `Цепочка нарушена на записи ${seq}: ${reason}.`,
  brokenUnknown: 'Цепочка нарушена.',
  brokenAdvice: 'Журнал подделан. Не трогайте базу и сравните её с копией, сделанной раньше.',
  reasons: {
    missing: 'записи пропали',
    changed: 'запись изменена',
    'out of order': 'порядок нарушен',
    signature: 'подпись недействительна',
    rewritten: 'цепочка переписана после того, как её запомнила копия',
  },
  exportAs: (format) => `Выгрузить как ${format}`,
  exporting: 'Выгрузка …',
};
