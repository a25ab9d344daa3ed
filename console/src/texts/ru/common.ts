import { pluralsOf } from '../plural';
import type { Catalogue } from '../texts';

const plural = pluralsOf('ru');

export const common: Catalogue['common'] = {
  product: 'Berkut SCC Backups',
  skipToContent: 'Перейти к содержимому',
  navigation: 'Разделы',
  account: 'Учётная запись и настройки',
  language: 'Язык',
  languages: { en: 'English', ru: 'Русский' },
  theme: 'Цвета',
  themes: { system: 'Как в системе', light: 'Светлые', dark: 'Тёмные' },
  signOut: 'Выйти',
  roles: (roles) => `Роли: ${roles}`,
  apiDocs: 'Справка по API',
  loading: 'Загрузка …',
  tryAgain: 'Повторить',
  cancel: 'Отмена',
  close: 'Закрыть',
  save: 'Сохранить',
  none: 'нет',
  unknown: 'неизвестно',
  yes: 'Да',
  no: 'Нет',
  notFound: 'Такой страницы нет',
  notFoundHint: 'Адрес не соответствует ни одному разделу консоли.',
  toOverview: 'К обзору',
  notAllowed: 'Ваши роли не дают доступа к этому разделу',
  notAllowedHint: 'Роли назначает администратор у провайдера, через которого вы вошли.',
  status: {
    queued: 'Ожидает',
    running: 'Выполняется',
    success: 'Успешно',
    failed: 'Ошибка',
    canceled: 'Отменено',
  },
  stream: {
    connecting: 'Подключение …',
    live: 'В реальном времени',
    broken: (since) => `Связь потеряна. Показаны данные на ${since}; подключение восстановится автоматически.`,
    failed: 'Обновление в реальном времени остановлено',
  },
  progress: {
    percent: (percent) => `Выполнено ${percent}`,
    left: (duration) => `осталось около ${duration}`,
    bytes: (done, total) => `${done} из примерно ${total}`,
    bytesDone: (done) => `пока ${done}`,
  },
  duration: {
    seconds: (count) => `${count} с`,
    minutes: (count) => `${count} мин`,
    hours: (count) => `${count} ч`,
    days: (count) => plural(count, { one: 'день', few: 'дня', many: 'дней', other: 'дня' }),
  },
  confirm: {
    type: (word) => `Введите ${word} для подтверждения`,
    doesNotMatch: (word) => `Это не ${word}.`,
  },
  alerts: {
    none: 'Проблем нет.',
    since: 'С',
    cause: 'Причина',
    whatToDo: 'Что делать',
  },
  table: {
    page: (from, to, total) => `${from}–${to} из ${total}`,
    previous: 'Назад',
    next: 'Далее',
    more: 'Показать ещё',
    empty: 'Здесь пусто.',
  },
  picture: { asTable: 'В виде таблицы' },
  maintenance: {
    title: 'Идёт восстановление',
    explain: 'До его окончания служба не отвечает ни на что другое. Страница следит за ним и вернётся автоматически.',
    run: (id) => `Восстановление ${id}`,
    ending: 'Восстановление закончено. Ждём, пока служба откроется …',
    steps: 'Шаги',
    unknownRun: 'Без входа нельзя показать, какое восстановление идёт. Страница вернётся автоматически.',
  },
  unreachable: {
    title: 'Служба не отвечает',
    explain: 'Недоступна сеть, прокси или сама служба. Страница повторяет попытки автоматически.',
    asOf: (clock) =>
      `Недоступна сеть, прокси или сама служба. Показанное старше, чем ${clock}. Страница повторяет попытки автоматически.`,
  },
};
