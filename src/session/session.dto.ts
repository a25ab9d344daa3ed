import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Optional } from '../kernel/http/optional';
import type { Caller } from '../kernel/request/caller';

/** Body of `POST /api/auth/session`, unless a bearer token comes in a header. */
export class BeginSessionDto {
  @ApiPropertyOptional({ description: 'From the address that a trial prints. Good once, for ten minutes.' })
  @Optional()
  @IsString()
  @MaxLength(64)
  one_time_code?: string;
}

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

  @ApiProperty({ format: 'date-time', example: '2026-01-31T10:00:00.000Z', description: 'When the token expires.' })
  expires_at!: string;

  static from(caller: Caller, { csrfToken, expiresAt }: { csrfToken: string; expiresAt: Date }): MeDto {
    return {
      user: {
        id: caller.id,
        username: caller.name,
        roles: [...caller.roles],
        permissions: [...caller.permissions],
        password_set: true,
      },
      csrf_token: csrfToken,
      expires_at: expiresAt.toISOString(),
    };
  }
}

/** `DELETE /api/auth/session`. */
export class SessionEndedDto {
  @ApiProperty({ example: true, description: 'The cookies are gone.' })
  ok!: true;

  @ApiPropertyOptional({
    example: 'https://backups.example/api/auth/end-session',
    description: 'A browser goes there to end the session at the OpenID provider, too.',
  })
  end_session_url?: string;
}
