import { ApiProperty } from '@nestjs/swagger';
import type { Caller } from '../kernel/request/caller';

class UserDto {
  @ApiProperty({ example: 'alice', description: '`sub` of the token.' })
  id!: string;

  @ApiProperty({ example: 'alice', description: 'Name in the token.' })
  username!: string;

  @ApiProperty({ type: [String], description: 'Roles in the token.' })
  roles!: string[];

  @ApiProperty({ type: [String], description: 'What these roles may do.' })
  permissions!: string[];

  @ApiProperty({ description: 'The web UI asks for it; passwords are the provider’s business.' })
  password_set!: true;
}

/** Who is calling. */
export class MeDto {
  @ApiProperty({ type: UserDto })
  user!: UserDto;

  @ApiProperty({ description: 'For `X-CSRF-Token` of callers with a cookie.' })
  csrf_token!: string;

  static from(caller: Caller, csrfToken: string): MeDto {
    return {
      user: {
        id: caller.id,
        username: caller.name,
        roles: [...caller.roles],
        permissions: [...caller.permissions],
        password_set: true,
      },
      csrf_token: csrfToken,
    };
  }
}

/** `DELETE /api/auth/session`. */
export class SessionEndedDto {
  @ApiProperty({ example: true, description: 'The cookies are gone.' })
  ok!: true;
}
