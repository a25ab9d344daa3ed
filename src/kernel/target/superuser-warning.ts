import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { sentenceOf, warning } from '../../engine/findings/finding';
import { withConnection } from '../../engine/postgres/server/connection';
import { isSuperuser } from '../../engine/postgres/server/superuser';
import { TargetService } from './target.service';

/** Says at the start that the service has more rights than it needs. */
@Injectable()
export class SuperuserWarning implements OnApplicationBootstrap {
  private readonly logger = new Logger(SuperuserWarning.name);

  constructor(private readonly target: TargetService) {}

  async onApplicationBootstrap(): Promise<void> {
    // A server that does not answer now says it elsewhere: the start does not need it.
    const is = await withConnection(this.target.maintenanceAddress, isSuperuser).catch(() => false);
    if (is) this.logger.warn(sentenceOf(warning('role.superuser')));
  }
}
